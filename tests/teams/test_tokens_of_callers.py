"""Whatever is not a Bot Connector token for this bot and this activity is turned away (I28)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.teams.problems import NotAuthentic
from tests.support.cloud import APP_ID, ISSUER, TENANT, Cloud, Json, rsa_key
from tests.support.served import Served
from tests.teams.conftest import ANA


def now() -> int:
    return int(time.time())


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def good(cloud: Cloud, **claims: Any) -> Json:
    payload = {
        "iss": ISSUER,
        "aud": APP_ID,
        "exp": now() + 3600,
        "nbf": now() - 60,
        "serviceurl": cloud.service_url,
    }
    return {name: value for name, value in (payload | claims).items() if value is not None}


def unsigned(cloud: Cloud, alg: str) -> str:
    return f"{part({'alg': alg, 'kid': 'key-1', 'typ': 'JWT'})}.{part(good(cloud))}."


def keyed_with_public(cloud: Cloud) -> str:
    pem = (
        rsa_key("first")
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    head = f"{part({'alg': 'HS256', 'kid': 'key-1'})}.{part(good(cloud))}"
    return f"{head}.{part(hmac.new(pem, head.encode(), hashlib.sha256).digest())}"


def other_algorithm(cloud: Cloud, alg: str, key: Any = None) -> str:
    return jwt.encode(
        good(cloud), key or rsa_key("first"), algorithm=alg, headers={"kid": "key-1"}
    )


def raw_claims(cloud: Cloud, text: str) -> str:
    """A token whose payload is exactly this text, signed with the good key."""
    head = f"{part({'alg': 'RS256', 'kid': 'key-1'})}.{part(text.encode())}"
    signed = rsa_key("first").sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{part(signed)}"


def swapped(cloud: Cloud) -> str:
    head, _, signature = cloud.token().split(".")
    return f"{head}.{part(good(cloud, serviceurl='https://evil.example/'))}.{signature}"


def with_spaces(cloud: Cloud) -> str:
    head, payload, signature = cloud.token().split(".")
    return f"{head}.{payload}.{signature[:10]}\u00a0{signature[10:]}"


JWK = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}
EMULATOR = "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"
SKILL = f"https://login.microsoftonline.com/{TENANT}/v2.0"

UNAUTHENTIC: dict[str, Callable[[Cloud], str]] = {
    "nothing": lambda cloud: "",
    "garbage": lambda cloud: "garbage",
    "only dots": lambda cloud: "..",
    "two parts": lambda cloud: cloud.token().rpartition(".")[0],
    "five parts": lambda cloud: cloud.token() + ".a.b",
    "truncated": lambda cloud: cloud.token()[:-20],
    "last character cut": lambda cloud: cloud.token()[:-1],
    "padded": lambda cloud: cloud.token() + "==",
    "character inserted": with_spaces,
    "huge": lambda cloud: cloud.token(filler="x" * 4_500),
    "payload swapped": swapped,
    "alg none": lambda cloud: unsigned(cloud, "none"),
    "alg None": lambda cloud: unsigned(cloud, "None"),
    "alg empty": lambda cloud: unsigned(cloud, ""),
    "alg a list": lambda cloud: f"{part({'alg': ['RS256'], 'kid': 'key-1'})}.{part({})}.AA",
    "header no object": lambda cloud: f"{part([1])}.{part(good(cloud))}.AA",
    "header no JSON": lambda cloud: f"{part(b'{')}.{part(good(cloud))}.AA",
    "payload no object": lambda cloud: raw_claims(cloud, "[]"),
    "payload no JSON": lambda cloud: raw_claims(cloud, "{"),
    "HS256 with the public key": keyed_with_public,
    "PS256": lambda cloud: other_algorithm(cloud, "PS256"),
    "RS384": lambda cloud: other_algorithm(cloud, "RS384"),
    "RS512": lambda cloud: other_algorithm(cloud, "RS512"),
    "ES256": lambda cloud: other_algorithm(
        cloud, "ES256", ec.generate_private_key(ec.SECP256R1())
    ),
    "aud of another bot": lambda cloud: cloud.token(aud="another"),
    "aud missing": lambda cloud: cloud.token(aud=None),
    "aud empty": lambda cloud: cloud.token(aud=""),
    "aud a list": lambda cloud: cloud.token(aud=[APP_ID]),
    "aud a list of two": lambda cloud: cloud.token(aud=[APP_ID, "another"]),
    "aud a number": lambda cloud: raw_claims(cloud, json.dumps(good(cloud, aud=1))),
    "iss missing": lambda cloud: cloud.token(iss=None),
    "iss another": lambda cloud: cloud.token(iss="https://evil.example"),
    "iss with a slash": lambda cloud: cloud.token(iss=f"{ISSUER}/"),
    "iss a list": lambda cloud: raw_claims(cloud, json.dumps(good(cloud, iss=[ISSUER]))),
    "iss of the emulator": lambda cloud: cloud.token(iss=EMULATOR, appid=APP_ID),
    "shaped as from a skill": lambda cloud: cloud.token(
        iss=SKILL, appid="another", ver="2.0", azp="another"
    ),
    "expired": lambda cloud: cloud.token(exp=now() - 301, nbf=now() - 4000),
    "expired long ago": lambda cloud: cloud.token(exp=0),
    "exp missing": lambda cloud: cloud.token(exp=None),
    "exp a word": lambda cloud: cloud.token(exp="tomorrow"),
    "exp a word of digits": lambda cloud: cloud.token(exp=str(now() + 3600)),
    "exp true": lambda cloud: raw_claims(cloud, json.dumps(good(cloud, exp=True))),
    "exp a list": lambda cloud: raw_claims(cloud, json.dumps(good(cloud, exp=[now() + 9]))),
    "exp NaN": lambda cloud: raw_claims(cloud, json.dumps(good(cloud, exp=float("nan")))),
    "exp infinite": lambda cloud: raw_claims(cloud, json.dumps(good(cloud, exp=float("inf")))),
    "exp 1e400": lambda cloud: raw_claims(
        cloud, json.dumps(good(cloud, exp=1)).replace('"exp": 1', '"exp": 1e400')
    ),
    "exp enormous": lambda cloud: cloud.token(exp=10**30),
    "nbf in the future": lambda cloud: cloud.token(nbf=now() + 3000),
    "nbf a word": lambda cloud: cloud.token(nbf="now"),
    "service URL missing": lambda cloud: cloud.token(serviceurl=None),
    "service URL empty": lambda cloud: cloud.token(serviceurl=""),
    "service URL a list": lambda cloud: cloud.token(serviceurl=[cloud.service_url]),
    "kid missing": lambda cloud: cloud.sign(good(cloud), kid=None),
    "kid unknown": lambda cloud: cloud.sign(good(cloud), kid="key-9"),
    "kid like a path": lambda cloud: cloud.sign(good(cloud), kid="../../etc/passwd"),
    "kid like a query": lambda cloud: cloud.sign(good(cloud), kid="key-1' OR '1'='1"),
    "kid empty": lambda cloud: cloud.sign(good(cloud), kid=""),
    "signed with another key": lambda cloud: cloud.sign(good(cloud), key="stranger"),
    "brings a key address": lambda cloud: cloud.sign(
        good(cloud), key="stranger", jku="https://evil.example/keys"
    ),
    "brings its key": lambda cloud: cloud.sign(good(cloud), key="stranger", jwk=JWK),
    "brings a certificate": lambda cloud: cloud.sign(good(cloud), x5c=["AAAA"]),
    "wants extensions": lambda cloud: cloud.sign(good(cloud), crit=["exp"]),
}


@pytest.mark.parametrize("name", UNAUTHENTIC)
async def test_a_token_that_is_not_good_is_turned_away_with_401(
    name: str, desk: Served, cloud: Cloud
):
    status, _ = await desk.takes(
        cloud.message("hello", ANA), token=UNAUTHENTIC[name](cloud).replace("\u00a0", " ")
    )

    assert status == 401
    assert cloud.deliveries == []


MISUSED: dict[str, Callable[[Cloud], tuple[Json, str]]] = {
    "service URL of the token is another": lambda cloud: (
        cloud.message("hello", ANA),
        cloud.token(serviceurl="https://smba.trafficmanager.net/teams/"),
    ),
    "service URL of the activity is another": lambda cloud: (
        cloud.message("hello", ANA, serviceUrl="https://smba.trafficmanager.net/teams/"),
        cloud.token(),
    ),
    "service URL of the activity is missing": lambda cloud: (
        {k: v for k, v in cloud.message("hello", ANA).items() if k != "serviceUrl"},
        cloud.token(),
    ),
    "service host is not allowed": lambda cloud: (
        cloud.message("hello", ANA, serviceUrl="https://evil.example/"),
        cloud.token(serviceurl="https://evil.example/"),
    ),
    "service host hides behind a user": lambda cloud: (
        cloud.message("hello", ANA, serviceUrl=f"http://127.0.0.1:{cloud.port}@evil.example/"),
        cloud.token(serviceurl=f"http://127.0.0.1:{cloud.port}@evil.example/"),
    ),
    "channel missing": lambda cloud: (
        {k: v for k, v in cloud.message("hello", ANA).items() if k != "channelId"},
        cloud.token(),
    ),
    "channel another": lambda cloud: (
        cloud.message("hello", ANA, channelId="webchat"),
        cloud.token(),
    ),
    "channel the emulator": lambda cloud: (
        cloud.message("hello", ANA, channelId="emulator"),
        cloud.token(),
    ),
    "tenant another": lambda cloud: (
        cloud.message("hello", ANA, channelData={"tenant": {"id": "another"}}),
        cloud.token(),
    ),
    "tenant missing": lambda cloud: (
        cloud.message("hello", ANA, channelData={}, conversation={"id": ANA.chat}),
        cloud.token(),
    ),
    "tenant of the conversation another": lambda cloud: (
        cloud.message("hello", ANA, conversation={"id": ANA.chat, "tenantId": "another"}),
        cloud.token(),
    ),
    "tenant a list": lambda cloud: (
        cloud.message("hello", ANA, channelData={"tenant": {"id": [TENANT]}}),
        cloud.token(),
    ),
}


@pytest.mark.parametrize("name", MISUSED)
async def test_a_good_token_for_something_else_is_turned_away_with_403(
    name: str, desk: Served, cloud: Cloud
):
    activity, token = MISUSED[name](cloud)

    status, _ = await desk.takes(activity, token=token)

    assert status == 403
    assert cloud.deliveries == []


@pytest.mark.parametrize("endorsements", [(), ("webchat", "skype")])
async def test_a_key_that_is_not_endorsed_for_teams_vouches_for_nothing(
    endorsements: tuple[str, ...], desk: Served, cloud: Cloud
):
    cloud.published["key-2"] = ("second", endorsements)
    token = cloud.sign(good(cloud), key="second", kid="key-2")

    status, _ = await desk.takes(cloud.message("hello", ANA), token=token)

    assert status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "bearer\tx"},
    ],
)
async def test_other_authorization_headers_are_turned_away(
    headers: dict[str, str], desk: Served, cloud: Cloud
):
    status, _ = await desk.takes(cloud.message("hello", ANA), headers=headers)

    assert status == 401


async def test_a_good_token_is_taken_within_five_minutes_of_skew(desk: Served, cloud: Cloud):
    good_ones = (
        {"exp": now() - 200},
        {"nbf": now() + 200},
        {"exp": now() + 3600.5},
        {"nbf": None},
    )
    for claims in good_ones:
        status, _ = await desk.takes(cloud.message("hello", ANA), token=cloud.token(**claims))

        assert status == 200
    assert len(cloud.deliveries) == 4


async def test_a_rotated_key_is_fetched_once_and_taken_at_once(desk: Served, cloud: Cloud):
    await desk.takes(cloud.message("hello", ANA))
    before = cloud.calls["keys"]
    cloud.published["key-2"] = ("second", ("msteams",))

    for _ in range(3):
        token = cloud.sign(good(cloud, jti=str(_)), key="second", kid="key-2")
        status, _body = await desk.takes(cloud.message("hello", ANA), token=token)
        assert status == 200

    assert cloud.calls["keys"] == before + 1


async def test_strangers_with_made_up_keys_cannot_make_the_desk_fetch_all_the_time(
    desk: Served, cloud: Cloud
):
    for number in range(30):
        token = cloud.sign(good(cloud), kid=f"made-up-{number}")
        await desk.takes(cloud.message("hello", ANA), token=token)

    assert cloud.calls["keys"] <= 4


async def test_a_withdrawn_key_counts_no_more_even_for_a_token_taken_before(
    desk: Served, cloud: Cloud
):
    token = cloud.token()
    await desk.takes(cloud.message("hello", ANA), token=token)
    cloud.published = {"key-2": ("second", ("msteams",))}
    other = cloud.sign(good(cloud), key="second", kid="key-2")
    assert (await desk.takes(cloud.message("hello", ANA), token=other))[0] == 200

    status, _ = await desk.takes(cloud.message("hello", ANA), token=token)

    assert status == 401


async def test_no_flipped_bit_of_a_good_token_is_accepted(desk: Served, cloud: Cloud):
    token, seed = cloud.token().encode(), 20_260_608
    chosen = random.Random(seed)
    verifier = desk.seam.verifier
    assert verifier
    await verifier.vouch((f"Bearer {token.decode()}",))
    accepted = []

    for _ in range(10_000):
        flipped = bytearray(token)
        where = chosen.randrange(len(token) * 8)
        flipped[where // 8] ^= 1 << where % 8
        with suppress(NotAuthentic):
            await verifier.vouch((f"Bearer {flipped.decode('latin-1')}",))
            accepted.append(where)

    assert accepted == []


def test_a_verifier_without_an_app_id_cannot_be_made(desk: Served):
    assert desk.seam.verifier
    with pytest.raises(ValueError, match="empty app id"):
        replace(desk.seam.verifier, app_id="")

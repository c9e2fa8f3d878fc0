"""Makes `tokens.json`: key sets and tokens of another implementation (joserfc), for IdentityTests.

    .venv/bin/python Tests/Samples/make_tokens.py

Each run makes new keys. The tests pass the time, so that nothing expires.
"""

import base64
import hashlib
import hmac
import json
import warnings
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import default_registry

warnings.simplefilter("ignore", SecurityWarning)  # RFC 9864 has another name for EdDSA, and issuers use both

NOW = 1_800_000_000
SECRET = "a secret of at least 32 bytes, for tests"
CLAIMS = {
    "iss": "https://issuer.example",
    "sub": "user-1",
    "aud": ["webchat", "another"],
    "iat": NOW - 60,
    "exp": NOW + 600,
    "name": "Ada Lovelace",
    "roles": ["operator", "member"],
}

es = ECKey.generate_key("P-256", {"kid": "es", "alg": "ES256", "use": "sig"})
es384 = ECKey.generate_key("P-384", {"kid": "es384", "use": "sig"})
es512 = ECKey.generate_key("P-521", {"kid": "es512"})
rs = RSAKey.generate_key(2048, {"kid": "rs", "alg": "RS256"})
free = RSAKey.generate_key(2048, {"kid": "rs-any"})
ed = OKPKey.generate_key("Ed25519", {"kid": "ed"})
new = ECKey.generate_key("P-256", {"kid": "new"})
attacker = ECKey.generate_key("P-256", {"kid": "es"})
short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # joserfc makes none


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def public(key, **changes) -> dict:
    members = key.as_dict(private=False) | changes
    return {name: value for name, value in members.items() if value is not None}


def token(key, algorithm: str, kid: str | None, claims: dict = CLAIMS, **header) -> str:
    named = {} if kid is None else {"kid": kid}
    return jwt.encode({"alg": algorithm, **named, **header}, claims, key, algorithms=[algorithm])


def raw(header: str, claims: str, sign) -> str:
    """What no library would make."""
    signed = text(header.encode()) + "." + text(claims.encode())
    return signed + "." + text(sign(signed.encode()))


def hs256(secret: bytes):
    return lambda signed: hmac.new(secret, signed, hashlib.sha256).digest()


def es256(key):
    """Signs with joserfc, whatever the header says."""
    return lambda signed: default_registry.algorithms["ES256"].sign(signed, key)


claims = json.dumps(CLAIMS)
pem = rs.as_pem(private=False)
numbers = short.public_key().public_numbers()
short_members = {"kty": "RSA", "kid": "short", "alg": "RS256", "n": number(numbers.n), "e": number(numbers.e)}
usable = [public(es), public(es384), public(es512), public(rs), public(free), public(ed)]

samples = {
    "now": NOW,
    "secret": SECRET,
    "keySets": {
        "good": {"keys": usable},
        "new": {"keys": [public(new)]},
        "es": {"keys": [public(es)]},
        "private": {"keys": [es.as_dict(private=True)]},
        # What an issuer may have beside its keys, one of each kind, with good ones before, between and behind.
        "halfBad": {
            "extra": 1,
            "keys": [
                public(es),
                short_members,
                public(rs, kid="enc", use="enc"),
                public(rs, kid="wrap", alg="RSA-OAEP"),
                public(rs, kid="sign-only", key_ops=["sign"]),
                {"kty": "oct", "kid": "oct", "k": text(SECRET.encode())},
                {"kty": "EC", "kid": "koblitz", "crv": "secp256k1", "x": "AA", "y": "AA"},
                {"kty": "OKP", "kid": "exchange", "crv": "X25519", "x": text(bytes(32))},
                {"kty": "OKP", "kid": "no-x", "crv": "Ed25519"},
                public(es, kid="off-curve", x=text(bytes(31) + b"\1")),
                public(es, kid="not-base64", x="?!"),
                public(es384, kid="mismatch", alg="ES256"),
                public(rs, kid="hmac", alg="HS256"),
                public(attacker),
                {"kty": 1},
                {},
                public(rs),
                {"kty": "RSA", "kid": "no-n", "e": "AQAB"},
                public(ed, alg="Ed25519"),
            ],
        },
    },
    "tokens": {
        "es256": token(es, "ES256", "es"),
        "es384": token(es384, "ES384", "es384"),
        "es512": token(es512, "ES512", "es512"),
        "rs256": token(rs, "RS256", "rs"),
        "rs384WithoutAlgorithmInKey": token(free, "RS384", "rs-any"),
        "ps256WithoutAlgorithmInKey": token(free, "PS256", "rs-any"),
        "edDSA": token(ed, "EdDSA", "ed"),
        "ed25519": token(ed, "Ed25519", "ed"),
        "hs256": token(OctKey.import_key(SECRET), "HS256", None, {k: v for k, v in CLAIMS.items() if k != "aud"}),
        "hs256Named": token(OctKey.import_key(SECRET), "HS256", "any"),
        "new": token(new, "ES256", "new"),
        "es256Unnamed": token(es, "ES256", None),
        "rs256Unnamed": token(rs, "RS256", None),
        "expired": token(es, "ES256", "es", CLAIMS | {"exp": NOW - 3_600}),
        "otherIssuer": token(es, "ES256", "es", CLAIMS | {"iss": "https://other.example"}),
        "otherAlgorithmOfKey": raw(
            json.dumps({"alg": "RS384", "kid": "rs"}),
            claims,
            lambda signed: rs.private_key.sign(signed, padding.PKCS1v15(), hashes.SHA384()),
        ),
        "otherKeysName": token(es, "ES256", "rs"),
        "attacker": token(attacker, "ES256", "es"),
        "attackersKeyInHeader": token(attacker, "ES256", None, jwk=public(attacker)),
        "shortKey": raw(
            json.dumps({"alg": "RS256", "kid": "short"}),
            claims,
            lambda signed: short.sign(signed, padding.PKCS1v15(), hashes.SHA256()),
        ),
        "publicKeyAsSecret": raw(json.dumps({"alg": "HS256", "kid": "rs"}), claims, hs256(pem)),
        "modulusAsSecret": raw(
            json.dumps({"alg": "HS256", "kid": "rs-any"}),
            claims,
            hs256(base64.urlsafe_b64decode(public(free)["n"] + "==")),
        ),
        "none": raw(json.dumps({"alg": "none", "kid": "es"}), claims, lambda _: b""),
        "noneInCapitals": raw(json.dumps({"alg": "NoNe", "kid": "es"}), claims, lambda _: b""),
        "withoutSignature": raw(json.dumps({"alg": "ES256", "kid": "es"}), claims, lambda _: b""),
        "zeroSignature": raw(json.dumps({"alg": "ES256", "kid": "es"}), claims, lambda _: bytes(64)),
        "critical": raw('{"alg":"ES256","kid":"es","crit":["b64"],"b64":true}', claims, es256(es)),
        "criticalEmpty": raw('{"alg":"ES256","kid":"es","crit":[]}', claims, es256(es)),
        "twoAlgorithms": raw('{"alg":"ES256","kid":"es","alg":"none"}', claims, es256(es)),
        "twoSubjects": raw('{"alg":"ES256","kid":"es"}', claims[:-1] + ',"sub":"root"}', es256(es)),
        "claimsNotJSON": raw('{"alg":"ES256","kid":"es"}', "sub", es256(es)),
        "hugeNumberInHeader": raw('{"alg":"ES256","kid":"es","x":1e300,"y":-1e999}', claims, es256(es)),
        "algorithmIsNumber": raw('{"alg":256,"kid":"es"}', claims, es256(es)),
        "algorithmMissing": raw('{"kid":"es"}', claims, es256(es)),
    },
}

file = Path(__file__).with_name("tokens.json")
file.write_text(json.dumps(samples, indent=1, ensure_ascii=False) + "\n")

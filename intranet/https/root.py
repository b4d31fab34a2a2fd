"""The house's own root certificate: made once, kept in the data folder, bounded in what it covers.

Devices trust it for ten years, and its key lies on a machine in an office, in a file for its user
alone and without a password. So it carries name constraints (RFC 5280, 4.2.1.10). Certificates
under it count for every private, shared, link-local and loopback address, in whatever network; for
names under the endings no registry sells; and for the names and addresses, public ones too, that
this machine had or was given when the root was made. They count for no other site, such as a bank.
"""

from __future__ import annotations

import fcntl
import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from intranet import clock
from intranet.https.names import host_names, network_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

YEARS = 10
# Private, shared, link-local and loopback: RFC 1918, 4193, 6598, 3927, 4291.
NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)
# Endings no registry sells: RFC 6762, 8375; and what routers call their network.
ENDINGS = ("localhost", "local", "lan", "home.arpa", "internal")


def certificate_path(data_dir: Path) -> Path:
    """Return where the certificate lies; it is no secret."""
    return data_dir / "https" / "root.crt"


def key_path(data_dir: Path) -> Path:
    """Return where its key lies, which is one."""
    return data_dir / "https" / "root.key"


def make_once(data_dir: Path, given: Sequence[str]) -> x509.Certificate:
    """Return the root; make it where there is none. Two who start at once get the same one."""
    folder = data_dir / "https"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = read(data_dir)
        if found is None:
            key = ec.generate_private_key(ec.SECP256R1())
            found = _signed(key, given)
            _keep(key_path(data_dir), _key_bytes(key))
            _keep(certificate_path(data_dir), found.public_bytes(serialization.Encoding.PEM))
    return found


def read(data_dir: Path) -> x509.Certificate | None:
    """Return the root that was made, or None."""
    try:
        return x509.load_pem_x509_certificate(certificate_path(data_dir).read_bytes())
    except FileNotFoundError:
        return None


def fingerprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    """Return the digest as devices show it: pairs of hexadecimal digits with colons."""
    return certificate.fingerprint(algorithm).hex(":").upper()


def common_name(certificate: x509.Certificate) -> str:
    """Return the name under which devices list it."""
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def covers(certificate: x509.Certificate, name: str) -> bool:
    """Say whether a certificate for the name would count under this root."""
    found = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    permitted = found.value.permitted_subtrees or []
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        ends = [one.value for one in permitted if isinstance(one, x509.DNSName)]
        return any(name == end or name.endswith(f".{end}") for end in ends)
    networks = [one.value for one in permitted if isinstance(one, x509.IPAddress)]
    return any(address in network for network in networks)  # type: ignore[operator]


def _signed(key: ec.EllipticCurvePrivateKey, given: Sequence[str]) -> x509.Certificate:
    now = clock.now()
    label = (host_names() or ["house"])[0][:40]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Weiwang {label} {now:%Y-%m-%d}")])
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # phones whose clock is behind
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_constraints(given), critical=True)
        .sign(key, hashes.SHA256())
    )


def _constraints(given: Sequence[str]) -> x509.NameConstraints:
    names, networks = list(ENDINGS), [ipaddress.ip_network(one) for one in NETWORKS]
    for one in (*given, *host_names(), *network_addresses()):
        try:
            networks.append(ipaddress.ip_network(one))
        except ValueError:
            names.append(one)
    return x509.NameConstraints(
        permitted_subtrees=[
            *(x509.DNSName(one) for one in dict.fromkeys(names)),
            *(x509.IPAddress(one) for one in dict.fromkeys(networks)),
        ],
        excluded_subtrees=None,
    )


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def _keep(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    fresh.replace(path)

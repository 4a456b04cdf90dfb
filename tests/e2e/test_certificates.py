"""The certificates that `lepton ca` makes are what another TLS says they are:
checked with OpenSSL's program and with Python's ssl."""

import json
import os
import pathlib
import shutil
import socket
import ssl
import stat
import subprocess
import tempfile
import threading
import unittest

from node import LEPTON


def lepton(*words, folder, code=0):
    done = subprocess.run([LEPTON, *map(str, words)], cwd=folder, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=60)
    assert done.returncode == code, (words, done)
    return done.stdout if code == 0 else done.stderr


def context(side, folder, node, authority="ca.pem"):
    made = ssl.SSLContext(side)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(folder / authority)
    if node:
        made.load_cert_chain(folder / f"{node}.pem", folder / f"{node}.key")
    return made


def handshake(server, client, name):
    """What each side says of the other: its certificate, or the error."""
    ours, theirs = socket.socketpair()
    seen = {}

    def serve():
        try:
            with server.wrap_socket(ours, server_side=True) as s:
                seen["server"] = s.getpeercert()
                s.sendall(b"welcome")
        except OSError as error:
            seen["server"] = error

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(theirs, server_hostname=name) as s:
            seen["client"] = s.getpeercert()
            s.recv(7)  # a refusal by the server comes after our handshake
    except OSError as error:
        seen["client"] = error
    finally:
        theirs.close()
        thread.join()
    return seen


class Certificates(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.here = pathlib.Path(temporary.name)

    def make(self, folder, *nodes):
        lepton("ca", "init", "--dir", folder, "--cluster", "blue",
               folder=self.here)
        for node in nodes:
            lepton("ca", "issue", node, "--dir", folder, folder=self.here)
        return self.here / folder

    def test_two_nodes_of_one_authority_shake_hands(self):
        ca = self.make("ca", "alpha", "beta")
        seen = handshake(context(ssl.PROTOCOL_TLS_SERVER, ca, "alpha"),
                         context(ssl.PROTOCOL_TLS_CLIENT, ca, "beta"), "alpha")
        self.assertIn(("URI", "lepton://blue/beta"),
                      seen["server"]["subjectAltName"])
        self.assertIn(("URI", "lepton://blue/alpha"),
                      seen["client"]["subjectAltName"])

    def test_strangers_are_refused(self):
        ca = self.make("ca", "alpha", "beta")
        other = self.make("other", "beta")
        server = context(ssl.PROTOCOL_TLS_SERVER, ca, "alpha")
        stranger = context(ssl.PROTOCOL_TLS_CLIENT, other, "beta")
        stranger.load_verify_locations(ca / "ca.pem")
        nobody = context(ssl.PROTOCOL_TLS_CLIENT, ca, None)
        for client in (stranger, nobody):
            self.assertIsInstance(handshake(server, client, "alpha")["server"],
                                  ssl.SSLError)
        wrong_name = handshake(
            server, context(ssl.PROTOCOL_TLS_CLIENT, ca, "beta"), "gamma")
        self.assertIsInstance(wrong_name["client"],
                              ssl.SSLCertVerificationError)

    @unittest.skipUnless(shutil.which("openssl"), "needs openssl")
    def test_openssl_agrees(self):
        ca = self.make("ca", "alpha")
        for purpose in ("sslserver", "sslclient"):
            done = subprocess.run(
                ["openssl", "verify", "-x509_strict", "-purpose", purpose,
                 "-CAfile", ca / "ca.pem", ca / "alpha.pem"],
                capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_keys_are_private_and_nothing_is_overwritten(self):
        ca = self.make("ca", "alpha")
        for name, mode in (("ca.key", 0o600), ("alpha.key", 0o600),
                           ("alpha.pem", 0o644), (".", 0o700)):
            self.assertEqual(stat.S_IMODE(os.stat(ca / name).st_mode), mode)
        before = {x.name: x.read_bytes() for x in ca.iterdir()}
        for words in (("init",), ("issue", "alpha")):
            said = lepton("ca", *words, "--dir", "ca", folder=self.here, code=1)
            self.assertIn("exists already; --force", said)
        self.assertEqual({x.name: x.read_bytes() for x in ca.iterdir()}, before)
        lepton("ca", "issue", "alpha", "--dir", "ca", "--force",
               folder=self.here)
        self.assertNotEqual((ca / "alpha.key").read_bytes(),
                            before["alpha.key"])

    def test_json_names_the_files(self):
        self.make("var/ca")
        made = json.loads(lepton(
            "-o", "json", "ca", "issue", "beta", "--out", "for-beta",
            "--days", 7, "--host", "10.0.0.7", "--host", "beta.example",
            folder=self.here))
        self.assertEqual((made["cluster"], made["node"]), ("blue", "beta"))
        for name in ("beta", "beta.example", "10.0.0.7"):
            seen = handshake(
                context(ssl.PROTOCOL_TLS_SERVER,
                        self.here / "for-beta", "beta"),
                context(ssl.PROTOCOL_TLS_CLIENT, self.here / "for-beta",
                        "beta"), name)
            self.assertIsInstance(seen["client"], dict, name)
        for key in ("certificate", "key", "authority"):
            self.assertTrue((self.here / made[key]).exists(), key)

    def test_wrong_usage_and_refusals_have_their_exit_codes(self):
        for words in (("ca",), ("ca", "list"), ("ca", "issue"),
                      ("ca", "issue", "Not/A-Name"), ("ca", "init", "x"),
                      ("ca", "init", "--days", "0"),
                      ("ca", "init", "--cluster", "-"),
                      ("ca", "issue", "alpha", "--cluster", "blue")):
            with self.subTest(words=words):
                lepton(*words, folder=self.here, code=2)
        said = lepton("ca", "issue", "alpha", folder=self.here, code=1)
        self.assertIn("lepton ca init", said)


if __name__ == "__main__":
    unittest.main()

"""What was acknowledged is there, whatever happened to the node."""

import hashlib
import http.client
import json
import os
import random
import threading
import unittest
import urllib.parse

from node import FULL, Node, until


class PutUnderFire(unittest.TestCase):
    """`kill -9` of the node in the middle of many puts."""

    files = 200 if FULL else 80

    def test_every_acknowledged_file_is_whole_and_others_whole_or_absent(self):
        seed = int.from_bytes(os.urandom(4), "little")
        print(f"seed {seed}", flush=True)
        dice = random.Random(seed)
        contents = {f"files/{n:03}": dice.randbytes(
            dice.choice([0, 1, 1000, 70_000, 1 << 20, (1 << 21) + 5]))
            for n in range(self.files)}
        acknowledged = {}
        with Node() as node:
            todo = list(contents.items())
            kill_at = dice.randrange(self.files // 4, self.files * 3 // 4)
            killed = threading.Event()

            def work():
                while todo and not killed.is_set():
                    try:
                        name, content = todo.pop()
                    except IndexError:
                        return
                    try:
                        acknowledged[name] = node.put(name, content)["sha256"]
                    except (OSError, http.client.HTTPException):
                        return  # it was killed

            threads = [threading.Thread(target=work) for _ in range(3)]
            for thread in threads:
                thread.start()
            until("some files", lambda: len(acknowledged) >= kill_at)
            killed.set()
            node.kill()
            for thread in threads:
                thread.join()
            node.again()
            self.assertGreaterEqual(len(acknowledged), kill_at)
            self.check(node, contents, acknowledged)
            for name, content in contents.items():  # and it goes on
                if name not in acknowledged:
                    acknowledged[name] = node.put(name, content)["sha256"]
            self.check(node, contents, acknowledged)
            self.assertEqual(len(acknowledged), self.files)

    def check(self, node, contents, acknowledged):
        listed = {x["name"] for x in node.get("/api/v1/store/list")}
        self.assertLessEqual(set(acknowledged), listed)
        self.assertLessEqual(listed, set(contents))
        for name in listed:
            status, got = node.raw("GET", "/api/v1/store?" +
                                   urllib.parse.urlencode({"name": name}))
            self.assertEqual(status, 200)
            self.assertTrue(got == contents[name], f"{name} is not whole")
            sha256 = hashlib.sha256(got).hexdigest()
            self.assertEqual(acknowledged.get(name, sha256), sha256)

    def test_a_put_that_is_cut_off_leaves_nothing(self):
        with Node() as node:
            link = http.client.HTTPConnection("127.0.0.1", node.port)
            link.putrequest("PUT", "/api/v1/store?name=half")
            link.putheader("Content-Length", str(8 << 20))
            link.endheaders()
            link.send(b"x" * (3 << 20))
            node.kill()
            link.close()
            node.again()
            self.assertEqual(node.get("/api/v1/store/list"), [])
            self.assertEqual(
                node.raw("GET", "/api/v1/store?name=half")[0], 404)
            link = http.client.HTTPConnection("127.0.0.1", node.port)
            link.putrequest("PUT", "/api/v1/store?name=half")
            link.putheader("Content-Length", str(8 << 20))
            link.endheaders()
            link.send(b"x" * (3 << 20))
            link.close()  # the client dies this time
            node.put("whole", b"yes")
            self.assertEqual([x["name"] for x in node.get("/api/v1/store/list")],
                             ["whole"])


class Names(unittest.TestCase):
    def test_versions_listing_and_removal(self):
        with Node() as node:
            first = node.put("notes/a", b"one")
            self.assertEqual((first["version"], first["bytes"]), (1, 3))
            self.assertEqual(node.put("notes/a", b"one")["sha256"],
                             first["sha256"])
            second = node.put("notes/a", b"two")
            self.assertGreater(second["version"], first["version"])
            self.assertEqual(
                node.raw("GET", "/api/v1/store?name=notes/a")[1], b"two")
            self.assertEqual(
                node.raw("GET", "/api/v1/store?name=notes/a@1")[1], b"one")
            self.assertEqual(node.get("/api/v1/store/stat", name="notes/a"),
                             second)
            self.assertEqual(
                node.get("/api/v1/store/list", prefix="other"), [])
            status, answer = node.api("DELETE", "/api/v1/store?name=notes/a")
            self.assertEqual((status, answer["removed"]), (200, True))
            self.assertEqual(
                node.raw("GET", "/api/v1/store?name=notes/a")[0], 404)
            self.assertEqual(
                node.api("DELETE", "/api/v1/store?name=notes/a")[0], 404)

    def test_a_blob_of_another_hash_is_refused(self):
        with Node() as node:
            right = hashlib.sha256(b"content").hexdigest()
            wrong = hashlib.sha256(b"other").hexdigest()
            status, text = node.raw("PUT", f"/api/v1/blobs?sha256={wrong}",
                                    b"content")
            self.assertEqual(status, 422, text)
            self.assertEqual(
                node.raw("GET", f"/api/v1/blobs?sha256={wrong}")[0], 404)
            self.assertEqual(
                node.raw("PUT", f"/api/v1/blobs?sha256={right}",
                         b"content")[0], 200)
            self.assertEqual(
                node.get("/api/v1/blobs", sha256=right)["bytes"], 7)

    def test_storage_goes_on_after_its_actor_was_killed(self):
        with Node() as node:
            node.put("kept", b"kept")
            for before, fault in enumerate(("crash", "kill")):
                self.assertEqual(
                    node.chaos(fault, "alpha/storage/store")[0], 200)
                until("storage", lambda: node.raw(
                    "GET", "/api/v1/store?name=kept") == (200, b"kept"))
                until("its supervisor to know", lambda: node.ready()
                      and node.ps("alpha/storage/store")[0]["restarts"]
                      == before + 1)
                node.put("after-" + fault, b"x")

    def test_a_chunk_that_rots_is_not_served(self):
        with Node() as node:
            node.put("precious", b"precious bytes")
            chunks = [x for x in (node.home / "data/store").rglob("*")
                      if x.is_file() and x.read_bytes() == b"precious bytes"]
            self.assertEqual(len(chunks), 1)
            os.chmod(chunks[0], 0o600)
            chunks[0].write_bytes(b"PRECIOUS bytes")
            try:
                status, got = node.raw("GET", "/api/v1/store?name=precious")
                self.assertFalse(status == 200 and len(got) == 14, got)
            except http.client.HTTPException:
                pass  # the head was out: the connection is cut
            code, out, err = node.shell("get", "precious")
            self.assertEqual((code, out), (1, ""), err)
            self.assertNotEqual(err, "")


if __name__ == "__main__":
    unittest.main()

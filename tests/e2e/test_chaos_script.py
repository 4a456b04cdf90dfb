"""scripts/chaos itself: a short run; `scripts/chaos --full` is the long one."""

import subprocess
import unittest

from node import PATIENCE, SOURCE


class ChaosScript(unittest.TestCase):
    def test_a_short_run_ends_well(self):
        done = subprocess.run(
            [SOURCE / "scripts/chaos", "--workers-killed", "1",
             "--nodes-killed", "1", "--files", "30", "--seconds", "0.5"],
            capture_output=True, text=True, timeout=PATIENCE * 5)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("seed ", done.stdout)
        self.assertEqual(done.stdout.count("equal"), 2)


if __name__ == "__main__":
    unittest.main()

"""Runs a command in a pseudo-terminal: waits for each prompt, types the answer, and prints all that was shown."""

import json
import os
import pty
import select
import sys
import time

command, answers, prompt = json.loads(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3].encode()
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)

shown = b""
seen = 0
deadline = time.monotonic() + 150
while time.monotonic() < deadline:
    ready, _, _ = select.select([terminal], [], [], 1)
    if not ready:
        continue
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
    while answers and shown.count(prompt) > seen:
        seen += 1
        os.write(terminal, (answers.pop(0) + "\n").encode())
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))

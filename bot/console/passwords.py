"""Passwords: which ones will do, and argon2 in threads of its own."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

SHORTEST = 10
LONGEST = 128
_FEWEST_DIFFERENT = 5
_AT_ONCE = 2
# What OWASP's password storage cheat sheet asks for at least: the machine has two cores and 1 GB, and many guesses at
# once must not keep residents waiting. Hashes of other parameters are made anew at the next sign-in.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
# ruff: noqa: SIM905 - a list of words reads best as words
# What is left of the usual lists among passwords that are long enough, and what a bureau would think of first.
_COMMON = frozenset(
    """1234567890 0123456789 12345678910 123456789a a123456789 q123456789 aa123456789 123456789q 0987654321 9876543210
    1234567891 1234512345 123456abcd abcd123456 abc123456789 123456abc123 abcdefghij qwertyuiop qwertyuiop1 qwerty123456
    qwerty12345 1qaz2wsx3edc 1q2w3e4r5t 1q2w3e4r5t6y zaq12wsxcde3 asdfghjkl1 asdfghjkl123 zxcvbnm123 zxcvbnm123456
    password12 password123 password1234 passw0rd123 p@ssw0rd123 p@ssword123 admin12345 admin123456 admin1234567
    administrator admin@123456 administrator1 root123456 test123456 welcome123 iloveyou123 iloveyou520 woaini1314
    woaini1314520 woaini5201314 5201314520 1314520520 woaini123456 fawen12345 fawen123456 sifaju12345 sifaju123456
    fayuan12348 1234812348 12348123480 youyang123 youyang12345 chongqing123 youyang12348 yyxsfj12345""".split()
)


class Passwords:
    """argon2id; never in the event loop, and not too many at once."""

    def __init__(self) -> None:
        self._hasher = _HASHER
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fawen-argon2")

    async def hash(self, password: str) -> str:
        """The hash to be stored."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password of this hash. With None it takes as long and is False: nobody has that login."""
        good = await self._run(self._matches, hashed, password)
        return good and hashed is not None

    def is_stale(self, hashed: str) -> bool:
        """Whether the parameters have changed since: the password is to be hashed anew."""
        return self._hasher.check_needs_rehash(hashed)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(cancel_futures=True)

    def _matches(self, hashed: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(_nobodys() if hashed is None else hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *args: str | None) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)


def hash_now(password: str) -> str:
    """The hash to be stored, in this thread: for commands."""
    return _HASHER.hash(password)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def one_time() -> str:
    """A password for the first sign-in, easy to read out and to type: four groups of four, about 79 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def fault(password: str, login: str) -> str | None:
    """What is wrong with a new password, in words for people; None if it will do."""
    plain = password.strip().lower()
    if len(password) < SHORTEST:
        return f"密码太短：至少 {SHORTEST} 位，现在是 {len(password)} 位。"
    if len(password) > LONGEST:
        return f"密码太长：最多 {LONGEST} 位。"
    if login and login.lower() in plain and len(plain) - len(login) < SHORTEST:
        return "密码里不能是登录名加几个字，换一个别人想不到的。"
    if plain in _COMMON or len(set(plain)) < _FEWEST_DIFFERENT or _is_run(plain):
        return "这个密码太常见，容易被猜到。可以用几个不相干的词连起来。"
    return None


def _is_run(text: str) -> bool:
    """Whether each character follows the one before it: 12345678901, zyxwvutsrqp."""
    gaps = [ord(after) - ord(before) for before, after in pairwise(text)]
    steps = {gap % 10 for gap in gaps} if text.isdigit() else set(gaps)
    return steps in ({1}, {-1}, {9})

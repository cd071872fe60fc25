"""`fawen check`: the doctor."""

import asyncio
import random

import typer

from bot.app import build_matcher, now, open_database
from bot.commands.common import ConfigOption, settings
from bot.desk_check import examine_desk
from bot.doctor import BAD, examine_channels, examine_clock, examine_database, examine_knowledge
from bot.platforms import build_channels


def check(config: ConfigOption = None) -> None:
    """体检：设置、数据库、知识、时钟、各渠道的凭据，一样一行，说清怎么改。"""
    chosen, at = settings(config), now()
    database = open_database(chosen)
    channels = build_channels(chosen, database, now, random.Random())
    findings = [
        *examine_database(database, at),
        *examine_clock(database, chosen, at),
        *examine_desk(database, chosen, at),
        *examine_knowledge(build_matcher(chosen).knowledge, chosen, at),
        *asyncio.run(examine_channels(channels)),
    ]
    for finding in findings:
        print(finding)
    if any(finding.grade == BAD for finding in findings):
        raise typer.Exit(1)

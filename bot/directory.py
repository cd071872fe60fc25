"""The first filling of the directory of workstations, from what the settings and the knowledge know."""

from handlers.desk.tools import Tools
from handlers.stations import known_stations
from storage import workstations


async def fill_directory(tools: Tools) -> None:
    """Add the county centre and the townships' workstations that the directory lacks; what was edited stays."""
    known = known_stations(tools.county, tools.knowledge.townships)
    await tools.database.write(lambda connection: workstations.seed(connection, known, tools.clock()))

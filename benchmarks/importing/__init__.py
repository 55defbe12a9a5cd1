"""The parts of ``script/bench import``: a feed and its server, the machine it is enforced on, and its rivals."""

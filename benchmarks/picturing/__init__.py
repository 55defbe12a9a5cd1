"""The parts of ``script/bench picture``."""

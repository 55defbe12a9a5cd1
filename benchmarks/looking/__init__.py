"""The parts of ``script/bench pages``."""

"""A campaign against the collector: a real Fail2ban bans and unbans at random while everything around it breaks.

``server`` is Fail2ban with the agent beside it, ``driver`` what is done to it, ``truth`` what history must therefore
hold, ``crew`` the collectors, and ``campaign`` the order of it all.
"""

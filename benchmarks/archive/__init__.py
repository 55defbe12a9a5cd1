"""What ``script/bench history`` runs inside Django: making a history, and measuring how it is read and written."""

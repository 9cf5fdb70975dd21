"""The roles as supervised processes: started, asked whether they are ready, started again, ended together."""

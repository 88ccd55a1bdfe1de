"""`python -m app.cli`, which the process supervisor starts its children with."""

from app.cli import main

main()

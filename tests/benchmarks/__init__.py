"""How fast and how big: `make bench`, or `python -m tests.benchmarks`; nothing here is run by pytest.

Every case runs on one Apache Kafka, with the same records, in a process of its own as a user would run it. Absolute
figures depend on the machine, and on what else it does: trust the ratios. To get them, whatever is compared with the
ceiling is run in alternation with it, and medians are compared.

``shops``, ``waves`` and ``seeds`` stand apart: they need no Kafka, and print how soon and how surely detectors of
cohorts, and all rules, find what was planted in simulated data. Tests hold the detectors to fewer of the same data.

To add a case, write ``cases/<name>.py`` with ``run(bench) -> Result`` and name it in ``__main__.CASES``.
"""

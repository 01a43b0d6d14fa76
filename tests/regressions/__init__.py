"""Faults that were mended, each with a test that fails on the product of before. Its emulators are always today's.

The product is only ever run in processes of its own, by `omm` or behind Slack's signed requests, so that another
commit's can take its place: `make regressions`.
"""

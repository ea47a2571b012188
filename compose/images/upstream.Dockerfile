# The upstream images that everything here builds from, one FROM a name; Dependabot reads this file.
# `make setup` resolves each to a digest in lock.json, or builds the stand-in in the folder of that name.
FROM node:24-trixie-slim AS node
FROM python:3.13-slim-trixie AS python
FROM haproxy:3.0-trixie AS haproxy
FROM postgres:17-trixie AS postgres
FROM registry:3 AS registry

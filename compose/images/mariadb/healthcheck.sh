#!/bin/sh
# As upstream's: over TCP the server answers only once it is set up, and by then what its options ask for holds, too
# (--connect, --innodb_initialized, …).
exec mariadb-admin --host=127.0.0.1 --silent ping

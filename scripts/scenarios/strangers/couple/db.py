import os
import sqlite3

BASE_DIR = os.path.dirname(os.path.abspath(__file__))


def connect():
    db = sqlite3.connect(os.path.join(BASE_DIR, "db.sqlite3"))
    db.execute("CREATE TABLE IF NOT EXISTS rows (writer TEXT)")
    return db

import time

from db import connect

# It answers each row of the web server by one of its own.
while True:
    with connect() as db:
        rows = [writer for (writer,) in db.execute("SELECT writer FROM rows")]
        if rows.count("worker") < rows.count("web"):
            db.execute("INSERT INTO rows VALUES ('worker')")
    time.sleep(0.2)

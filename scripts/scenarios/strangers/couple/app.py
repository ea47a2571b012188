from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from db import connect


class Handler(BaseHTTPRequestHandler):
    def answer(self, text=""):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        rows = connect().execute("SELECT writer FROM rows")
        self.answer(" ".join(["one:", *(writer for (writer,) in rows)]))

    def do_POST(self):
        with connect() as db:
            db.execute("INSERT INTO rows VALUES ('web')")
        self.answer()


ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()

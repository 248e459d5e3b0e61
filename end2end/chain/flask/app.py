from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "Hello from the end of the chain.\n"


app.run(host="0.0.0.0", port=8080)

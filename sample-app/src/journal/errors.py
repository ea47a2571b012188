"""Every error of the API is JSON: {"error": "…"}."""

from flask import Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from .database import StorageError
from .entries import Invalid, KeyReused


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Invalid, lambda error: (jsonify(error=str(error)), 400))
    app.register_error_handler(KeyReused, lambda error: (jsonify(error=str(error)), 422))
    for kind in StorageError:
        app.register_error_handler(kind, _storage)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    response = error.get_response()
    response.data = jsonify(error=f"{error.name}: {error.description}").data
    response.content_type = "application/json"
    return response


def _storage(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("storage failed", exc_info=error)
    return jsonify(error="storage is not available, the line may not be kept; try again"), 503, {"Retry-After": "1"}


def _unexpected(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("unexpected error", exc_info=error)
    return jsonify(error="Internal Server Error"), 500

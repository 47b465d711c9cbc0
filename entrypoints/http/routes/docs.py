"""/api/docs: the interactive documentation, served without internet access."""

from __future__ import annotations

from flask import Flask
from flask_swagger_ui import get_swaggerui_blueprint

DOCS_PATH = "/api/docs"
OPENAPI_PATH = "/api/openapi.json"


def serve_docs(app: Flask, title: str) -> None:
    """Serve Swagger UI with the assets from its package."""
    blueprint = get_swaggerui_blueprint(
        DOCS_PATH,
        OPENAPI_PATH,
        config={
            "app_name": title,
            "persistAuthorization": False,
            "displayRequestDuration": True,
            "docExpansion": "list",
            "validatorUrl": None,
            "oauth2RedirectUrl": f"{DOCS_PATH}/oauth2-redirect.html",
        },
    )
    app.register_blueprint(blueprint)

"""A bucket for the files of a test: moto as its store, a real server of the test's own."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import boto3
from localcluster import HOST, ROOT, Server, accepts, free_port

NAME = "pictures"
PREFIX = "chat"
ACCESS_KEY = "AKIAEXAMPLE"
SECRET_KEY = "not-so/secret+at=all"


class Bucket(Server):
    def __init__(self, directory: Path) -> None:
        super().__init__("moto", free_port(), directory / "moto.log")
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=self.origin,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "FILES_S3_URL": f"{self.origin}/{NAME}/{PREFIX}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }

    def start(self) -> None:
        # Otherwise it lets every page do everything.
        env = os.environ | {"MOTO_DISABLE_GLOBAL_CORS": "true"}
        command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(self.port)]
        self.launch(command, ready=lambda: accepts(self.port), env=env)
        self.client.create_bucket(Bucket=NAME)

    def allow(self, origin: str) -> None:
        """Gives it the CORS rules that docs/operations.md wants, for pages of this origin."""
        text = (ROOT / "docs/operations.md").read_text()
        [rules] = re.findall(r"```json\n(\{\s*\"CORSRules\".*?)```", text, re.DOTALL)
        assert "https://chat.example.org" in rules
        rules = rules.replace("https://chat.example.org", origin)
        self.client.put_bucket_cors(Bucket=NAME, CORSConfiguration=json.loads(rules))

    def files(self, room: str) -> set[str]:
        place = f"{PREFIX}/{room}/"
        objects = self.client.list_objects_v2(Bucket=NAME, Prefix=place).get("Contents", [])
        return {entry["Key"].removeprefix(place) for entry in objects}

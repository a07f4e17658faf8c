"""Sends one request to a storage account, signed with its key: METHOD ACCOUNT HOST PATH QUERY-AS-JSON; the key is in BLOB_KEY."""

import base64
import email.utils
import hashlib
import hmac
import json
import os
import sys

import requests


def main(method, account, host, path, query):
    query = json.loads(query)
    headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
    resource = f"/{account}{path}" + "".join(f"\n{name}:{query[name]}" for name in sorted(query))
    named = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    to_sign = f"{method}\n\n\n\n\n\n\n\n\n\n\n\n{named}{resource}"
    digest = hmac.new(base64.b64decode(os.environ["BLOB_KEY"]), to_sign.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {account}:{base64.b64encode(digest).decode()}"
    answer = requests.request(method, f"https://{host}{path}", params=query, headers=headers, timeout=20)
    answer.raise_for_status()
    print(answer.text)


main(*sys.argv[1:])

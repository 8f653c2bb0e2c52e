"""Answers of DynamoDB are read as botocore reads them."""

import base64
import json

import pytest
from botocore.model import ServiceModel
from botocore.parsers import JSONParser
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from api.reading.dynamodb_json import loads
from forecasts.stores.dynamodb.direct import read_answer

texts = st.text(max_size=30)
attributes = (
    st.builds(lambda text: {"S": text}, texts)
    | st.builds(lambda number: {"N": str(number)}, st.integers() | st.floats(allow_nan=False))
    | st.builds(
        lambda body: {"B": base64.b64encode(body).decode()}, st.binary() | st.binary(min_size=900)
    )
)
items = st.dictionaries(texts, attributes, max_size=5)
ANSWERS = {
    "GetItem": st.just({}) | st.fixed_dictionaries({"Item": items}),
    "Query": st.fixed_dictionaries(
        {"Items": st.lists(items, max_size=4)}, optional={"LastEvaluatedKey": items}
    ),
    "BatchGetItem": st.fixed_dictionaries(
        {
            "Responses": st.dictionaries(texts, st.lists(items, max_size=4), max_size=2),
            "UnprocessedKeys": st.dictionaries(
                texts, st.fixed_dictionaries({"Keys": st.lists(items, max_size=3)}), max_size=2
            ),
        }
    ),
}
SERVICE = ServiceModel(get_session().get_service_data("dynamodb"), "dynamodb")


def of_botocore(operation, body):
    """Read the body of an answer with botocore."""
    answer = {"headers": {}, "status_code": 200, "body": body}
    read = JSONParser().parse(answer, SERVICE.operation_model(operation).output_shape)
    del read["ResponseMetadata"]
    return read


@pytest.mark.parametrize("loads", [loads, read_answer])
@pytest.mark.parametrize("operation", ANSWERS)
@given(data=st.data())
def test_as_botocore(operation, loads, data):
    """Whatever DynamoDB may answer, it is read as botocore reads the same bytes."""
    answer = data.draw(ANSWERS[operation])
    ascii_only = data.draw(st.booleans())
    body = json.dumps(answer, ensure_ascii=ascii_only).encode(errors="replace")

    assert loads(body) == of_botocore(operation, body)


@pytest.mark.parametrize("loads", [loads, read_answer])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"Item":{"body":{"B":"abcde"}}}', b'{"Item":{"body":{"B":"\xff"}}}']
)
def test_what_is_no_answer(loads, body):
    """What is no JSON, or no base64, is a `ValueError`."""
    with pytest.raises(ValueError, match=r".+"):
        loads(body)

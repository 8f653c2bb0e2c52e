"""The image of the model: one tag for all containers, and the last day on which AWS patches it."""

import re
import warnings
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.realtime_stacks import ON
from tests.stack import Stack

#: How long before the image's end the tests begin to warn.
NOTICE = timedelta(days=90)


def images(stack):
    """Return the images of all containers of a stack."""
    models = stack.made("AWS::SageMaker::Model").values()
    return [model["PrimaryContainer"]["Image"] for model in models]


def end_of_image(tag):
    """Return the last day on which AWS patches an image, as the parameter's description has it."""
    description = Stack().template["Parameters"]["ModelImageTag"]["Description"]
    return date.fromisoformat(re.search(rf"{re.escape(tag)} until ([0-9-]+)", description)[1])


def judge(tag, ends, today):
    """Warn if the image ends soon.

    Raises:
        AssertionError: It has ended.
    """
    left = ends - today
    advice = "train and try a model with a newer one, then change the default of ModelImageTag"

    assert left >= timedelta(0), f"AWS stopped to patch sagemaker-xgboost:{tag} on {ends}; {advice}"
    if left <= NOTICE:
        warnings.warn(f"AWS patches sagemaker-xgboost:{tag} until {ends}; {advice}", stacklevel=2)


@pytest.mark.parametrize("name", ON)
def test_one_tag_for_all(name):
    """All containers of a stack run the image with the tag of the parameter."""
    stack = Stack(**ON[name].parameters | {"ForecastModel": "v1", "ModelImageTag": "9.9-9"})

    assert len(images(stack)) >= 2
    assert {image.rpartition(":")[2] for image in images(stack)} == {"9.9-9"}


@pytest.mark.filterwarnings("default")
def test_aws_patches_the_image():
    """AWS patches the default image today; pytest's summary warns when the end is near."""
    tag = Stack().parameters["ModelImageTag"]
    today = datetime.now(UTC).date()  # noqa: TID251 -- the end comes by the real calendar

    judge(tag, end_of_image(tag), today)


def test_the_end_is_announced():
    """Until three months before the end all is quiet; then there are warnings; then it fails."""
    ends = date(2027, 5, 13)

    judge("3.2-0", ends, date(2027, 2, 11))
    for today in (date(2027, 2, 12), ends):
        with pytest.warns(UserWarning, match=r"3\.2-0 until 2027-05-13; train and try"):
            judge("3.2-0", ends, today)
    with pytest.raises(AssertionError, match="on 2027-05-13"):
        judge("3.2-0", ends, date(2027, 5, 14))

"""The form of a programme's long-stop."""

from schemas.registers import PART
from schemas.requests import Form, line


class SetLongStop(Form):
    """The day on which it is decided what becomes of a programme that nothing was published of."""

    long_stop_day = line(longest=PART)
    long_stop_month = line(longest=PART)
    long_stop_year = line(longest=PART)

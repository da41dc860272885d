"""The one way in which the state of a row changes: along the table of legal transitions."""

from portal.db.tables import Document, Inspection
from portal.domain.lifecycle import DocumentState, InspectionState, check_transition


def move_document(document: Document, new: DocumentState) -> None:
    """Give a document its next state. Raises Conflict for a transition that the table does not have."""
    check_transition(DocumentState(document.state), new)
    document.state = new


def move_inspection(inspection: Inspection, new: InspectionState) -> None:
    """Give an inspection its next state. Raises Conflict for a transition that the table does not have."""
    check_transition(InspectionState(inspection.state), new)
    inspection.state = new

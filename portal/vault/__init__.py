"""An inspection's key and what it seals: parts of documents, file names, typed text. No file, no network."""

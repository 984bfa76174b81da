"""The books and who reads them: closings, exports, the proof, the time machine, auditor, tax adviser, tax office."""

"""DSFinV-K 2.4, the books as the tax office takes them (§ 4 KassenSichV): tables, writer, reader, validator.

``tables`` defines the twenty tables once; index.xml, the writer's rows and the validator's checks follow from it.
``records`` are business facts, ``build`` makes rows of them, ``writer`` streams an export, ``reader`` opens anybody's,
``validator`` checks it. What enters here follows from the specification; nothing knows the register or a database.
"""

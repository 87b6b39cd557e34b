"""The numbers of the source documents, and those that no entry of the catalogue has yet."""

LAST = {0: 24, 1: 30, 2: 13, 3: 15, 4: 54}
"""Document -> its last number: S0.1 to S0.24 and so on."""

ALL = [f"S{document}.{n}" for document, last in LAST.items() for n in range(1, last + 1)]

N_QUESTIONS = 46

MISSING = {
    # Random labels and pruning.
    "S2.12",
    # Pictures of clothes and their loader.
    "S3.3",
    # Targets of one value, drawn anew in every step.
    "S3.14",
    # MNIST and its dense network.
    "S4.22", "S4.23", "S4.28", "S4.29", "S4.30", "S4.31",
    # Convolutional networks.
    "S4.32", "S4.33", "S4.34", "S4.35", "S4.36", "S4.37", "S4.38",
    # Autoencoders and the search in their codes.
    "S4.39", "S4.40", "S4.41", "S4.42", "S4.43", "S4.44", "S4.45",
}  # fmt: skip

MISSING_QUESTIONS = {"Q36", "Q39", "Q40", "Q41", "Q42", "Q43", "Q44"}

import signal
import threading
from contextlib import ExitStack

import pytest
import torch

from learnscope.errors import Interrupted
from learnscope.training.loop import train_member
from learnscope.training.quiet import Interrupt, own_settings
from learnscope.training.state import TrainingState
from tests.training.members import same_bits, spirals


def test_interrupt_saves_the_last_whole_update_and_gives_the_signal_back() -> None:
    member, saved = spirals(batch_size=8, epochs=20), list[TrainingState]()

    def press(progress: object) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted, match=r"stopped in epoch 1 of 20; what was done is kept\.$"):
        train_member(member, on_progress=press, save=saved.append)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert len(saved) == 1
    same_bits(train_member(member, resume=saved[0]), train_member(member))


def test_second_interrupt_breaks_off_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), Interrupt().listening():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_caller_is_left_in_place() -> None:
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        interrupt = Interrupt()
        with interrupt.listening():
            signal.raise_signal(signal.SIGINT)
        assert (seen, interrupt.pressed) == ([signal.SIGINT], False)
    finally:
        signal.signal(signal.SIGINT, before)


def test_training_works_outside_the_main_thread() -> None:
    member, results = spirals(), []
    thread = threading.Thread(target=lambda: results.append(train_member(member)))
    thread.start()
    thread.join()
    same_bits(results[0], train_member(member))


def test_trainings_side_by_side_give_the_number_of_threads_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with ExitStack() as first, ExitStack() as second:
            first.enter_context(own_settings())
            second.enter_context(own_settings())
            first.close()
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_numbers_too_small_for_the_caller_are_kept_in_a_training() -> None:
    def is_kept() -> bool:
        return float(torch.tensor(1e-40) * 1.0) > 0

    if not torch.set_flush_denormal(True):
        pytest.skip("this processor always keeps them")
    try:
        assert not is_kept()
        with own_settings():
            assert is_kept()
        assert not is_kept()
    finally:
        torch.set_flush_denormal(False)
    assert is_kept()

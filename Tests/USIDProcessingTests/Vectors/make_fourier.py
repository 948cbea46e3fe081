#!/usr/bin/env python3
"""Makes fourier.txt: bins of spectra by scipy.fft in double precision.

One line a bin: length, kind (c: complex transform, r: half spectrum of the real parts), bin, real, imaginary.
The samples come from a congruential generator that the tests repeat: s -> 1664525 s + 1013904223 mod 2**32 from
s = length, each sample ((s >> 20) - 2048) / 2048, real part first."""
import os
import numpy as np
import scipy.fft

LENGTHS = list(range(1, 65)) + [100, 127, 128, 243, 500, 512, 1009, 1024, 2187, 4096]


def samples(n):
    state, out = n, []
    for _ in range(2 * n):
        state = (1664525 * state + 1013904223) % 2**32
        out.append(((state >> 20) - 2048) / 2048)
    return np.array(out[0::2]) + 1j * np.array(out[1::2])


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fourier.txt"), "w") as f:
    for n in LENGTHS:
        x = samples(n)
        for kind, spectrum in (("c", scipy.fft.fft(x)), ("r", scipy.fft.rfft(x.real))):
            bins = np.unique(np.linspace(0, len(spectrum) - 1, min(len(spectrum), 7)).astype(int))
            for k in bins:
                print(n, kind, k, repr(float(spectrum[k].real)), repr(float(spectrum[k].imag)), file=f)

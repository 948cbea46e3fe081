#!/usr/bin/env python3
"""Makes signal_filter.txt: python3 make_signal_filter.py path/to/pycroscopy/processing/fft.py (of Pycroscopy 0.60).

Transfer functions and noise floors come from Pycroscopy itself; of its shifted spectra the half of frequencies from 0 is
written. Floors that end at a relative change, and the filtered rows, follow the definitions in NoiseFloor.swift and
SpectralFilter.swift. Lines begin with what they hold:
  lowpass n rate cutoff rolloff factors...
  harmonic n rate first width count factors...
  bands n rate center width center width ... ; factors...
  floor n seed scale tolerance absolute-change-floor relative-change-floor
  filtered n seed scale tolerance values...     (low-pass 0.3 of the rate with a roll-off of 0.3, relative-change floor)
Samples: s -> 1664525 s + 1013904223 mod 2**32 from the seed, (((s >> 20) - 2048) / 2048 + 8 * ((j // 5) % 2)) * scale."""
import collections
import collections.abc
import importlib.util
import os
import sys
import types

import numpy as np

collections.Iterable = collections.abc.Iterable  # where Python 3.9 and older have it
for plotting in ("matplotlib", "matplotlib.pyplot"):  # imported there, not needed here
    sys.modules.setdefault(plotting, types.ModuleType(plotting))
spec = importlib.util.spec_from_file_location("pycroscopy_fft", sys.argv[1])
pycroscopy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pycroscopy)


def from_zero(shifted):
    """Bins 0 ... n/2 of a symmetric shifted spectrum."""
    return np.fft.ifftshift(np.asarray(shifted, float))[: len(shifted) // 2 + 1]


def relative_floor(amplitudes, tolerance):
    bins, limit = len(amplitudes), np.sqrt(-2 * np.log(tolerance))
    scales = [np.sqrt(np.mean(amplitudes**2) / 2)]
    for _ in range(49):
        kept = amplitudes[amplitudes <= limit * scales[-1]]
        scales.append(np.sqrt((kept**2).sum() / (2 * bins)))
        if scales[-2] - scales[-1] <= 0.01 * scales[-2]:
            break
    return limit * scales[-1]


def samples(n, seed, scale):
    state, noise = seed, []
    for _ in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        noise.append(((state >> 20) - 2048) / 2048)
    return (np.array(noise) + 8 * (np.arange(n) // 5 % 2)) * scale


lines = []
for n, rate, cutoff, rolloff in [(64, 1000, 200.0, 0.3), (128, 1e6, 2.1e5, 0.3), (100, 4, 1.9, 1.0), (512, 1e5, 1e4, 0.2),
                                 (200, 1, 0.25, 0.0)]:
    value = pycroscopy.LowPassFilter(n, rate, cutoff, rolloff).value
    lines.append(["lowpass", n, rate, cutoff, rolloff, *from_zero(value)])
for n, rate, first, width, count in [(128, 1000, 50.0, 20.0, 1), (256, 1e6, 5.5e4, 1.3e4, 5), (100, 10, 0.3, 0.5, 8),
                                     (64, 1, 0.1, 0.0, 3)]:
    value = pycroscopy.HarmonicPassFilter(n, rate, first, width, count).value
    lines.append(["harmonic", n, rate, first, width, count, *from_zero(value)])
for n, rate, bands in [(128, 1000, [(50.0, 10.0), (200.0, 61.0)]), (100, 2, [(0.02, 0.3)]),
                       (512, 1e6, [(60.0, 3000.0), (3e5, 1e4), (3.1e5, 1e4)])]:
    value = pycroscopy.NoiseBandFilter(n, rate, *np.transpose(bands)).value
    lines.append(["bands", n, rate, *np.ravel(bands), ";", *from_zero(value)])
for n in (64, 101, 512):
    for seed, scale, tolerance in [(1, 1.0, 1e-3), (2, 250.0, 0.05), (3, 1e-4, 1e-6), (4, 3e4, 1e-4)]:
        spectrum = np.fft.fft(samples(n, seed, scale))
        lines.append(["floor", n, seed, scale, tolerance, pycroscopy.get_noise_floor(spectrum, tolerance)[0],
                      relative_floor(np.abs(spectrum), tolerance)])
for n, seed, scale, tolerance in [(64, 5, 1.0, 1e-3), (100, 6, 3e4, 0.01)]:
    row = samples(n, seed, scale)
    low_pass = from_zero(pycroscopy.LowPassFilter(n, 1000, 300.0, 0.3).value)
    spectrum = np.fft.rfft(row) * low_pass
    floor = relative_floor(np.abs(np.fft.fft(row)), tolerance)
    lines.append(["filtered", n, seed, scale, tolerance, *np.fft.irfft(np.where(np.abs(spectrum) < floor, 0, spectrum), n)])
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "signal_filter.txt"), "w") as f:
    for line in lines:
        print(*[x if isinstance(x, (str, int)) else repr(float(x)) for x in line], file=f)

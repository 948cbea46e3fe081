// Self-sorting decimation in frequency (Stockham; see Van Loan, "Computational Frameworks for the Fast Fourier
// Transform", 1992, section 1.7). A stage reads the arms of group p at stride·(p + groups·arm) and writes the outputs
// next to each other at stride·(radix·p + output), each multiplied by exp(−2πi p·output / (radix·groups)).
extension FourierTransform {
    typealias Value = ComplexLanes<Scalar>

    func radix2(_ stage: Stage, _ input: Span<Value>, _ output: inout MutableSpan<Value>) {
        let (stride, block) = (stage.stride, stage.stride * stage.groups)
        for group in 0..<stage.groups {
            let root = roots[stage.firstRoot + group]
            let from = stride * group
            let to = 2 * from
            for q in 0..<stride {
                let (a, b) = (input[from + q], input[from + q + block])
                output[to + q] = a + b
                output[to + q + stride] = (a - b).rotated(by: root)
            }
        }
    }

    func radix3(_ stage: Stage, _ input: Span<Value>, _ output: inout MutableSpan<Value>) {
        let (stride, block) = (stage.stride, stage.stride * stage.groups)
        for group in 0..<stage.groups {
            let (root1, root2) = (roots[stage.firstRoot + 2 * group], roots[stage.firstRoot + 2 * group + 1])
            let from = stride * group
            let to = 3 * from
            for q in 0..<stride {
                let a = input[from + q]
                let (b, c) = (input[from + q + block], input[from + q + 2 * block])
                let sum = b + c
                let middle = a + sum.scaled(by: -0.5)
                let difference = (b - c).scaled(by: Scalar(0.866_025_403_784_438_646_76))
                output[to + q] = a + sum
                output[to + q + stride] = middle.minusI(difference).rotated(by: root1)
                output[to + q + 2 * stride] = middle.plusI(difference).rotated(by: root2)
            }
        }
    }

    func radix4(_ stage: Stage, _ input: Span<Value>, _ output: inout MutableSpan<Value>) {
        let (stride, block) = (stage.stride, stage.stride * stage.groups)
        // The roots of the first group are 1.
        for q in 0..<stride {
            let (a, b, c, d) = Self.transform4(input, q, block)
            output[q] = a
            output[q + stride] = b
            output[q + 2 * stride] = c
            output[q + 3 * stride] = d
        }
        for group in 1..<max(1, stage.groups) {
            let firstRoot = stage.firstRoot + 3 * group
            let (root1, root2, root3) = (roots[firstRoot], roots[firstRoot + 1], roots[firstRoot + 2])
            let from = stride * group
            let to = 4 * from
            for q in 0..<stride {
                let (a, b, c, d) = Self.transform4(input, from + q, block)
                output[to + q] = a
                output[to + q + stride] = b.rotated(by: root1)
                output[to + q + 2 * stride] = c.rotated(by: root2)
                output[to + q + 3 * stride] = d.rotated(by: root3)
            }
        }
    }

    /// The transform of the four values that begin at an index and lie `block` apart.
    @inline(__always)
    private static func transform4(_ input: Span<Value>, _ index: Int, _ block: Int) -> (Value, Value, Value, Value) {
        let (a, b) = (input[index], input[index + block])
        let (c, d) = (input[index + 2 * block], input[index + 3 * block])
        let (sumAC, sumBD, differenceAC, differenceBD) = (a + c, b + d, a - c, b - d)
        return (
            sumAC + sumBD, differenceAC.minusI(differenceBD), sumAC - sumBD, differenceAC.plusI(differenceBD)
        )
    }

    func radix5(_ stage: Stage, _ input: Span<Value>, _ output: inout MutableSpan<Value>) {
        let (stride, block) = (stage.stride, stage.stride * stage.groups)
        let cosine1 = Scalar(0.309_016_994_374_947_424_10)
        let cosine2 = Scalar(-0.809_016_994_374_947_424_10)
        let sine1 = Scalar(0.951_056_516_295_153_572_12)
        let sine2 = Scalar(0.587_785_252_292_473_129_17)
        for group in 0..<stage.groups {
            let firstRoot = stage.firstRoot + 4 * group
            let (root1, root2) = (roots[firstRoot], roots[firstRoot + 1])
            let (root3, root4) = (roots[firstRoot + 2], roots[firstRoot + 3])
            let from = stride * group
            let to = 5 * from
            for q in 0..<stride {
                let a = input[from + q]
                let (b, c) = (input[from + q + block], input[from + q + 2 * block])
                let (d, e) = (input[from + q + 3 * block], input[from + q + 4 * block])
                let (sumBE, differenceBE) = (b + e, b - e)
                let (sumCD, differenceCD) = (c + d, c - d)
                let even1 = a + sumBE.scaled(by: cosine1) + sumCD.scaled(by: cosine2)
                let even2 = a + sumBE.scaled(by: cosine2) + sumCD.scaled(by: cosine1)
                let odd1 = differenceBE.scaled(by: sine1) + differenceCD.scaled(by: sine2)
                let odd2 = differenceBE.scaled(by: sine2) - differenceCD.scaled(by: sine1)
                output[to + q] = a + sumBE + sumCD
                output[to + q + stride] = even1.minusI(odd1).rotated(by: root1)
                output[to + q + 2 * stride] = even2.minusI(odd2).rotated(by: root2)
                output[to + q + 3 * stride] = even2.plusI(odd2).rotated(by: root3)
                output[to + q + 4 * stride] = even1.plusI(odd1).rotated(by: root4)
            }
        }
    }

    func radix8(_ stage: Stage, _ input: Span<Value>, _ output: inout MutableSpan<Value>) {
        let (stride, block) = (stage.stride, stage.stride * stage.groups)
        let half = Scalar(0.707_106_781_186_547_524_40)
        for q in 0..<stride {
            let (even0, even1, even2, even3) = Self.transform4(input, q, 2 * block)
            let (odd0, turned1, odd2, turned3) = Self.transform4(input, q + block, 2 * block)
            let odd1 = turned1.minusI(turned1).scaled(by: half)
            let odd3 = turned3.plusI(turned3).scaled(by: half)
            output[q] = even0 + odd0
            output[q + stride] = even1 + odd1
            output[q + 2 * stride] = even2.minusI(odd2)
            output[q + 3 * stride] = even3 - odd3
            output[q + 4 * stride] = even0 - odd0
            output[q + 5 * stride] = even1 - odd1
            output[q + 6 * stride] = even2.plusI(odd2)
            output[q + 7 * stride] = even3 + odd3
        }
        for group in 1..<max(1, stage.groups) {
            let firstRoot = stage.firstRoot + 7 * group
            let (root1, root2, root3) = (roots[firstRoot], roots[firstRoot + 1], roots[firstRoot + 2])
            let (root4, root5, root6) = (roots[firstRoot + 3], roots[firstRoot + 4], roots[firstRoot + 5])
            let root7 = roots[firstRoot + 6]
            let from = stride * group
            for q in 0..<stride {
                let (even0, even1, even2, even3) = Self.transform4(input, from + q, 2 * block)
                let (odd0, turned1, odd2, turned3) = Self.transform4(input, from + q + block, 2 * block)
                // exp(−iπ/4)·z = (z − i z)/√2 and exp(−3iπ/4)·z = −(z + i z)/√2.
                let odd1 = turned1.minusI(turned1).scaled(by: half)
                let odd3 = turned3.plusI(turned3).scaled(by: half)
                let to = 8 * from + q
                output[to] = even0 + odd0
                output[to + stride] = (even1 + odd1).rotated(by: root1)
                output[to + 2 * stride] = even2.minusI(odd2).rotated(by: root2)
                output[to + 3 * stride] = (even3 - odd3).rotated(by: root3)
                output[to + 4 * stride] = (even0 - odd0).rotated(by: root4)
                output[to + 5 * stride] = (even1 - odd1).rotated(by: root5)
                output[to + 6 * stride] = even2.plusI(odd2).rotated(by: root6)
                output[to + 7 * stride] = (even3 + odd3).rotated(by: root7)
            }
        }
    }

    /// An odd prime radix by its definition, two outputs at a time.
    ///
    /// Outputs k and radix − k take the same cosines of the sums of arms j and radix − j, and the same sines of their
    /// differences. Sums and differences stand where the arms stood, as nothing reads the input of a stage again.
    func anyRadix(_ stage: Stage, _ input: inout MutableSpan<Value>, _ output: inout MutableSpan<Value>) {
        let (stride, block, radix) = (stage.stride, stage.stride * stage.groups, stage.radix)
        let (unit, half) = (stage.unitRoots.span, (stage.radix - 1) / 2)
        for group in 0..<stage.groups {
            let firstRoot = stage.firstRoot + (radix - 1) * group
            let from = stride * group
            let to = radix * from
            for q in 0..<stride {
                let first = input[from + q]
                var total = first
                for arm in 1...half {
                    let (low, high) = (from + q + arm * block, from + q + (radix - arm) * block)
                    let (a, b) = (input[low], input[high])
                    (input[low], input[high]) = (a + b, a - b)
                    total = total + input[low]
                }
                output[to + q] = total
                for k in 1...half {
                    var even = first
                    var odd = Value.zero
                    var power = 0
                    for arm in 1...half {
                        power += k
                        if power >= radix { power -= radix }
                        even = even + input[from + q + arm * block].scaled(by: unit[power].cosine)
                        odd = odd + input[from + q + (radix - arm) * block].scaled(by: unit[power].sine)
                    }
                    output[to + q + k * stride] = even.plusI(odd).rotated(by: roots[firstRoot + k - 1])
                    output[to + q + (radix - k) * stride] =
                        even.minusI(odd).rotated(by: roots[firstRoot + radix - k - 1])
                }
            }
        }
    }
}

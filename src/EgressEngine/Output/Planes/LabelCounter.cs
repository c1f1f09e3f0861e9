using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>Counts how many pixels each class has.</summary>
public sealed class LabelCounter
{
    // Neighbouring pixels mostly have one class: counting them in turns into several tables, no addition waits for the one before.
    private const int Tables = 4;
    private const int GroupLabels = sizeof(ulong);
    private readonly long[] _counts;
    private readonly int _classes;

    /// <param name="classes">Classes that there are; a label beyond them is not counted.</param>
    public LabelCounter(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        _classes = classes;
        _counts = new long[Tables * classes];
    }

    /// <summary>Pixels of each class.</summary>
    public long[] Counts
    {
        get
        {
            var sums = new long[_classes];
            for (var i = 0; i < _counts.Length; i++)
            {
                sums[i % _classes] += _counts[i];
            }

            return sums;
        }
    }

    /// <summary>Counts all labels of a map.</summary>
    /// <param name="labels">One plane of 8- or 16-bit labels.</param>
    public void Add(PlaneSource labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var row = new byte[labels.RowBytes];
        for (var y = 0; y < labels.Height;)
        {
            labels.CopyRow(0, y, row);
            var times = 1;
            for (y++; y < labels.Height && labels.RepeatsAbove(y); y++)
            {
                times++;
            }

            Add(labels.Type, row, times);
        }
    }

    /// <summary>Counts a row of labels.</summary>
    /// <param name="type">The labels' type: 8 or 16 bits.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="times">How often the row is there.</param>
    public void Add(ElementType type, ReadOnlySpan<byte> labels, int times = 1)
    {
        if (type.SizeInBytes() == 1)
        {
            Count(labels, times);
        }
        else
        {
            Count(MemoryMarshal.Cast<byte, ushort>(labels), times);
        }
    }

    // A run's first seconds would spend most of their time here before this is optimised.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Count(ReadOnlySpan<byte> labels, int times)
    {
        // Eight at a time where they are the same.
        var groups = MemoryMarshal.Cast<byte, ulong>(labels);
        for (var group = 0; group < groups.Length; group++)
        {
            if (groups[group] == BitOperations.RotateLeft(groups[group], 8))
            {
                Count(group, (byte)groups[group], GroupLabels * times);
            }
            else
            {
                CountEach(labels.Slice(group * GroupLabels, GroupLabels), times);
            }
        }

        CountEach(labels[(groups.Length * GroupLabels)..], times);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CountEach(ReadOnlySpan<byte> labels, int times)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            Count(i, labels[i], times);
        }
    }

    private void Count(ReadOnlySpan<ushort> labels, int times)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            Count(i, labels[i], times);
        }
    }

    private void Count(int pixel, int label, int times)
    {
        if (label < _classes)
        {
            _counts[((pixel % Tables) * _classes) + label] += times;
        }
    }
}

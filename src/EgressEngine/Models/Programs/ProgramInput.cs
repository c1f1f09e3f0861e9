using System.Globalization;

namespace Egress.Models.Programs;

/// <summary>What a program says about one of its inputs.</summary>
/// <param name="Type">The type of its elements by PyTorch's C++ name: <c>Float</c>, <c>Half</c>, <c>BFloat16</c>.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Strides">How many elements apart neighbours of each dimension lie in memory; null where that may vary.</param>
public sealed record ProgramInput(string Type, IReadOnlyList<ProgramDimension> Shape, IReadOnlyList<long?> Strides)
{
    /// <summary>Whether channels of one pixel have to lie side by side in memory.</summary>
    public bool IsChannelsLast => Strides.Count == 4 && Strides[1] == 1 && Strides[3] != 1;

    /// <summary>The precision that its type is; null where it is none.</summary>
    public ModelPrecision? Precision => Type switch
    {
        "Float" => ModelPrecision.Float32,
        "Half" => ModelPrecision.Float16,
        "BFloat16" => ModelPrecision.BFloat16,
        _ => null,
    };

    /// <summary>For example <c>64×3×512×512 BFloat16</c>.</summary>
    public override string ToString() => $"{string.Join('×', Shape)} {Precision?.ToString() ?? Type}";
}

/// <summary>One dimension of a program's input: a range of sizes.</summary>
/// <param name="Smallest">The smallest size.</param>
/// <param name="Largest">The largest; the same where the size is fixed.</param>
public readonly record struct ProgramDimension(long Smallest, long Largest)
{
    /// <summary>The size, where there is only one.</summary>
    public int? Fixed => Smallest == Largest && Smallest is > 0 and <= int.MaxValue ? (int)Smallest : null;

    /// <summary>Whether the program takes this size.</summary>
    public bool Takes(long size) => size >= Smallest && size <= Largest;

    /// <summary>A number, or for example <c>(2…1024)</c>.</summary>
    public override string ToString() => Smallest == Largest ? Text(Smallest)
        : Largest == long.MaxValue ? $"({Text(Smallest)}…)"
        : $"({Text(Smallest)}…{Text(Largest)})";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

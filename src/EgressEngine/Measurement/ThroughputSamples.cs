using System.Collections;
using System.Globalization;

namespace Egress.Measurement;

/// <summary>
/// The throughput of each repetition in steps per second, in order. In a table of text it is one cell, numbers with spaces between
/// them and a point for decimals whatever the culture; in JSON it is an array.
/// </summary>
public sealed class ThroughputSamples(IEnumerable<double> values) : IReadOnlyList<double>
{
    private readonly double[] _values = [.. values];

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public double this[int index] => _values[index];

    /// <inheritdoc/>
    public IEnumerator<double> GetEnumerator() => ((IEnumerable<double>)_values).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}

namespace Egress.Measurement;

/// <summary>
/// What parts of a model's runs were measured to manage alone. Configurations of a sweep that share a part share its measurement:
/// the model alone depends on the batch size and not on the number of workers.
/// </summary>
public sealed class LimitCache
{
    private readonly Dictionary<(LimitingStage Stage, int BatchSize, int Threads), double> _rates = [];

    /// <summary>Forgets all: another model comes.</summary>
    public void Clear() => _rates.Clear();

    /// <summary>A part's rate, measured now if it was not before.</summary>
    internal double Get(LimitingStage stage, int batchSize, int threads, Func<double> measure)
    {
        if (!_rates.TryGetValue((stage, batchSize, threads), out var rate))
        {
            rate = _rates[(stage, batchSize, threads)] = measure();
        }

        return rate;
    }
}

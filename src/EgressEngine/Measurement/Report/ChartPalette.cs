using Egress.Pipeline;

namespace Egress.Measurement.Report;

/// <summary>
/// The charts' colours as <c>#RRGGBB</c>. Strategies are told apart by readers who do not see red and green as well, and by marker
/// and dash besides; the work of devices has the colours that Nsight Systems gave it in the article: light blue kernels, green copies
/// in, red copies out, cyan processing.
/// </summary>
public static class ChartPalette
{
    private static readonly ChartColor[] s_series =
    [
        ChartColor.Pipelined, ChartColor.BufferPool, ChartColor.AsyncCopy, ChartColor.MultiWorker, ChartColor.Baseline, ChartColor.Other,
    ];

    /// <summary>The colour on light paper. No two are equal, so that a drawing in these can be told what each of its colours means.</summary>
    public static string Light(ChartColor color) => color switch
    {
        ChartColor.Paper => "#FFFFFE",
        ChartColor.Ink => "#1D2733",
        ChartColor.Faint => "#5A6675",
        ChartColor.Rule => "#D9DEE5",
        ChartColor.Limit => "#B3123F",
        ChartColor.Baseline => "#66717F",
        ChartColor.MultiWorker => "#9C4A94",
        ChartColor.BufferPool => "#A86400",
        ChartColor.AsyncCopy => "#0B7D60",
        ChartColor.Pipelined => "#0F6CBD",
        ChartColor.Other => "#6B5B95",
        ChartColor.Compute => "#6DB3EE",
        ChartColor.CopyIn => "#58B368",
        ChartColor.CopyOut => "#E25C5C",
        ChartColor.Processing => "#2BC4CF",
        ChartColor.OnColor => "#10202F",
        _ => throw new ArgumentOutOfRangeException(nameof(color), color, null),
    };

    /// <summary>The colour on dark paper.</summary>
    public static string Dark(ChartColor color) => color switch
    {
        ChartColor.Paper => "#161B22",
        ChartColor.Ink => "#E8EDF3",
        ChartColor.Faint => "#A3AFBD",
        ChartColor.Rule => "#343D49",
        ChartColor.Limit => "#FF6B8F",
        ChartColor.Baseline => "#9AA6B4",
        ChartColor.MultiWorker => "#D58BCF",
        ChartColor.BufferPool => "#F0A63C",
        ChartColor.AsyncCopy => "#3FC79F",
        ChartColor.Pipelined => "#58A9F5",
        ChartColor.Other => "#AFA0DD",
        ChartColor.Compute => "#5FA6E3",
        ChartColor.CopyIn => "#57AE66",
        ChartColor.CopyOut => "#E06464",
        ChartColor.Processing => "#27B3BD",
        ChartColor.OnColor => "#0B1622",
        _ => throw new ArgumentOutOfRangeException(nameof(color), color, null),
    };

    /// <summary>The colour of a strategy, by its name; one that is not of the five gets <see cref="ChartColor.Other"/>.</summary>
    public static ChartColor Strategy(string name) =>
        EgressStrategy.All.Any(strategy => strategy.Name == name) && Enum.TryParse<ChartColor>(name, out var color)
            ? color
            : ChartColor.Other;

    /// <summary>The colour of the n-th series of a chart whose series are no strategies.</summary>
    public static ChartColor Series(int index) => s_series[index % s_series.Length];
}

namespace Egress.Measurement.Report;

/// <summary>A chart as data: what it says, not how it is drawn. An <see cref="IChartRenderer"/> draws it.</summary>
public abstract record Chart
{
    /// <summary>A name for files and links: lower case letters, digits and hyphens; no other chart of the report has it.</summary>
    public required string Name { get; init; }

    /// <summary>What it shows, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What all of it has in common, such as the model and the device.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>How to read it, and what was left out; for the text below it.</summary>
    public string Caption { get; init; } = "";

    /// <summary>What it says, in words, for readers who do not see it.</summary>
    public required string Alternative { get; init; }
}

/// <summary>A confidence interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The interval times a factor.</summary>
    public Interval Scale(double factor) => new(Low * factor, High * factor);
}

/// <summary>Horizontal bars, the first one on top, each with its limit.</summary>
public sealed record BarChart : Chart
{
    /// <summary>The values' name and unit.</summary>
    public required string ValueLabel { get; init; }

    /// <summary>The bars.</summary>
    public required IReadOnlyList<ChartBar> Bars { get; init; }

    /// <summary>The limit of them all as one line; null where there is none, or each bar has its own.</summary>
    public double? Limit { get; init; }

    /// <summary>What the limit's line is called.</summary>
    public string LimitLabel { get; init; } = "limit";
}

/// <summary>A bar.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Value">Its length.</param>
/// <param name="Text">What stands at its end.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Interval">How sure its value is; null where that is not known.</param>
public sealed record ChartBar(string Label, double Value, string Text, ChartColor Color, Interval? Interval);

/// <summary>Values over a parameter.</summary>
public sealed record LineChart : Chart
{
    /// <summary>The parameter's name.</summary>
    public required string XLabel { get; init; }

    /// <summary>The values' name and unit.</summary>
    public required string YLabel { get; init; }

    /// <summary>The parameter's values and where they lie on the axis, in ascending order.</summary>
    public required IReadOnlyList<ChartTick> Ticks { get; init; }

    /// <summary>The lines.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }
}

/// <summary>A mark of an axis.</summary>
/// <param name="Position">Where it lies.</param>
/// <param name="Label">What stands there.</param>
public sealed record ChartTick(double Position, string Label);

/// <summary>One line of a <see cref="LineChart"/>.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Points">Its points, in ascending order.</param>
/// <param name="Others">Points that lie below it: other configurations with the same value of the parameter.</param>
/// <param name="IsConnected">Whether a line joins the points; not between values that have no order.</param>
public sealed record ChartSeries(
    string Name, ChartColor Color, IReadOnlyList<ChartPoint> Points, IReadOnlyList<ChartPoint> Others, bool IsConnected);

/// <summary>A point.</summary>
/// <param name="X">Its place on the horizontal axis.</param>
/// <param name="Y">Its place on the vertical axis.</param>
/// <param name="Interval">How sure the vertical place is; null where that is not known.</param>
/// <param name="Label">What stands beside it; null: nothing.</param>
public sealed record ChartPoint(double X, double Y, Interval? Interval = null, string? Label = null);

/// <summary>Configurations by what they cost and what they give, and the front: those that no other one beats in both.</summary>
public sealed record FrontChart : Chart
{
    /// <summary>The cost's name and unit.</summary>
    public required string XLabel { get; init; }

    /// <summary>The gain's name and unit.</summary>
    public required string YLabel { get; init; }

    /// <summary>The marks of the cost's axis; those beyond the points are left out.</summary>
    public required IReadOnlyList<ChartTick> Ticks { get; init; }

    /// <summary>Whether equal distances on the cost's axis are equal factors.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>All configurations, by series.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>The front in ascending order of cost, each point with its label.</summary>
    public required IReadOnlyList<ChartPoint> Front { get; init; }
}

/// <summary>What devices and workers did during a few steps, a panel a configuration, all on one time scale.</summary>
public sealed record TimelineChart : Chart
{
    /// <summary>The panels, the first one on top.</summary>
    public required IReadOnlyList<TimelinePanel> Panels { get; init; }

    /// <summary>How much time the chart shows, in milliseconds.</summary>
    public required double Milliseconds { get; init; }
}

/// <summary>The timeline of one configuration.</summary>
/// <param name="Title">Its name.</param>
/// <param name="Lanes">What worked, the first one on top.</param>
/// <param name="Milliseconds">How much was recorded; after that the panel says nothing.</param>
public sealed record TimelinePanel(string Title, IReadOnlyList<TimelineLane> Lanes, double Milliseconds);

/// <summary>One thing that works: an engine of a device, or the workers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Color">The colour of its blocks.</param>
/// <param name="Rows">How many blocks lie above each other at most.</param>
/// <param name="Blocks">Its work.</param>
public sealed record TimelineLane(string Name, ChartColor Color, int Rows, IReadOnlyList<TimelineBlock> Blocks);

/// <summary>A piece of work.</summary>
/// <param name="Start">When it began, in milliseconds.</param>
/// <param name="End">When it ended.</param>
/// <param name="Batch">The batch's number.</param>
/// <param name="Row">Which row of its lane it lies in, from 0.</param>
public sealed record TimelineBlock(double Start, double End, long Batch, int Row);

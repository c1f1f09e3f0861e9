namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>The table of faults in docs/RELIABILITY.md, a row a fault.</summary>
internal static class FaultTable
{
    private const string Start = "<!-- faults: written by FaultTests -->";
    private const string End = "<!-- end of faults -->";
    private const string Header = "| fault | error | exit code | committed outputs | the same command afterwards |\n| --- | --- | --- | --- | --- |";

    private static string Document => Path.Combine(ModuleSession.Root, "docs", "RELIABILITY.md");

    /// <summary>The names of its rows, in order.</summary>
    public static string[] Names => [.. Rows(File.ReadAllText(Document)).Select(NameOf)];

    /// <summary>Fails the test unless the table has this row. <c>EGRESS_UPDATE_DOCS=1</c> writes it instead, at its place.</summary>
    public static void Check(string row)
    {
        var text = File.ReadAllText(Document);
        var rows = Rows(text).ToList();
        if (Environment.GetEnvironmentVariable("EGRESS_UPDATE_DOCS") != "1")
        {
            Assert.Equal(rows.Find(other => NameOf(other) == NameOf(row)), row);
            return;
        }

        var order = FaultCase.All.Select(fault => fault.Name).ToList();
        var kept = rows.Where(other => NameOf(other) != NameOf(row) && order.Contains(NameOf(other))).Append(row);
        var table = string.Join('\n', kept.OrderBy(other => order.IndexOf(NameOf(other))));
        File.WriteAllText(Document, $"{text[..From(text)]}\n\n{Header}\n{table}\n\n{text[To(text)..]}");
    }

    private static IEnumerable<string> Rows(string text) =>
        text[From(text)..To(text)].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2);

    private static string NameOf(string row) => row.Split('|')[1].Trim();

    private static int From(string text) => text.IndexOf(Start, StringComparison.Ordinal) + Start.Length;

    private static int To(string text) => text.IndexOf(End, StringComparison.Ordinal);
}

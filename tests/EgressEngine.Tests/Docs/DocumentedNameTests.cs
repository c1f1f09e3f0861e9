using System.Text.RegularExpressions;

namespace Egress.Tests.Docs;

/// <summary>What the documents name is there: files that they link to, folders, types and members.</summary>
public sealed partial class DocumentedNameTests
{
    private static readonly string[] s_folders = ["src", "docs", "tests", "build", "bench", "samples", "module"];

    // What only a build or a run makes.
    private static readonly string[] s_made = ["module/bin", "samples/output", "bench/output"];

    private static readonly string[] s_projects = ["src/EgressEngine", "src/EgressBackend", "src/EgressCmdlets", "src/EgressShell", "src"];

    // Names with a dot that are no members: libraries, projects, what .NET has.
    private static readonly string[] s_foreign = ["DuckDB.NET", "Apache.Arrow", "EgressCmdlets.Tests", "Exception.Data"];

    private static readonly string[] s_sources = [.. s_folders
        .SelectMany(folder => Directory.EnumerateFiles(At(folder), "*", SearchOption.AllDirectories))
        .Where(path => Path.GetExtension(path) is ".cs" or ".ps1" or ".psm1" or ".ps1xml" or ".py" or ".sh")
        .Where(path => Path.GetFileName(path) != $"{nameof(DocumentedNameTests)}.cs")];

    private static readonly Lazy<HashSet<string>> s_words = new(() =>
        [.. s_sources.SelectMany(path => Word().Matches(File.ReadAllText(path)).Select(match => match.Value))]);

    public static TheoryData<string> Documents => [.. Directory.EnumerateFiles(At("."), "*.md")
        .Concat(s_folders.SelectMany(folder => Directory.EnumerateFiles(At(folder), "*.md", SearchOption.AllDirectories)))
        .Select(path => Path.GetRelativePath(TestPaths.Repository, path))
        .Where(path => !s_made.Any(made => path.StartsWith(made, StringComparison.Ordinal)))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void What_a_document_links_to_is_there(string document)
    {
        var folder = Path.GetDirectoryName(At(document))!;

        Assert.DoesNotContain(
            Link().Matches(File.ReadAllText(At(document))).Select(match => match.Groups[1].Value),
            link => !Path.Exists(Path.Combine(folder, link)));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void What_a_document_names_is_there(string document)
    {
        var text = Block().Replace(File.ReadAllText(At(document)), "");

        Assert.DoesNotContain(InBackticks().Matches(text).Select(match => match.Groups[1].Value), name => !IsThere(name));
    }

    [Theory]
    [InlineData("docs/NOWHERE.md")]
    [InlineData("Pipeline/NoSuchStage")]
    [InlineData("NoSuchStage")]
    [InlineData("LaneStage.NoSuchMember")]
    public void What_is_not_there_is_found_out(string name) => Assert.False(IsThere(name));

    [Theory]
    [InlineData("docs/ARCHITECTURE.md")]
    [InlineData("EgressBackend/Networks")]
    [InlineData("Pipeline/LaneStage")]
    [InlineData("LaneStage.MoveOut")]
    [InlineData("-ImageSize 512")]
    public void What_is_there_is_not(string name) => Assert.True(IsThere(name));

    private static bool IsThere(string name)
    {
        if (s_folders.Any(folder => name.StartsWith(folder + '/', StringComparison.Ordinal)) && SomePath().IsMatch(name))
        {
            return Path.Exists(At(name)) || s_made.Any(made => name.StartsWith(made, StringComparison.Ordinal));
        }

        if (InRoom().IsMatch(name))
        {
            return s_projects.Select(project => At(Path.Combine(project, name))).Any(path => Path.Exists(path) || File.Exists(path + ".cs"));
        }

        if (Member().Match(name) is { Success: true } member && !s_foreign.Contains(name, StringComparer.Ordinal))
        {
            return s_sources.Where(path => Path.GetFileName(path).StartsWith(member.Groups[1].Value + '.', StringComparison.Ordinal))
                .Any(path => Regex.IsMatch(File.ReadAllText(path), $@"\b{member.Groups[2].Value}\b"));
        }

        // Words of two humps at least; others may be anything.
        return !Hump().IsMatch(name) || s_words.Value.Contains(name);
    }

    private static string At(string path) => Path.Combine(TestPaths.Repository, path);

    [GeneratedRegex(@"\]\(([^)#:\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex InBackticks();

    [GeneratedRegex(@"^[\w./-]+$")]
    private static partial Regex SomePath();

    [GeneratedRegex(@"^[A-Z]\w+(?:/[A-Z]\w+)+$")]
    private static partial Regex InRoom();

    [GeneratedRegex(@"^([A-Z]\w+)\.([A-Z]\w+)$")]
    private static partial Regex Member();

    [GeneratedRegex("^[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+$")]
    private static partial Regex Hump();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}

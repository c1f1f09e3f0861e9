using System.Text.RegularExpressions;

namespace Egress.Tests.Docs;

/// <summary>docs/ARCHITECTURE.md says which room may use which; here the code is held to it.</summary>
public sealed partial class RoomTests
{
    private static readonly string s_architecture = File.ReadAllText(Path.Combine(TestPaths.Repository, "docs/ARCHITECTURE.md"));

    public static TheoryData<string> Projects => ["EgressEngine", "EgressBackend"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_room_uses_what_it_may_use_and_nothing_else(string project)
    {
        var house = new House(project);

        var wrong = house.Files.Where(file => file.Room.Length > 0)
            .SelectMany(file => house.Uses(file).Where(space => !house.MayUse(file.Room, space)).Select(space => $"{file.Path} uses {space}"));

        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void What_a_room_may_use_it_does_use(string project)
    {
        var house = new House(project);
        var uses = house.Files.ToLookup(file => file.Room, house.Uses);

        var needless = house.Rooms.SelectMany(room => room.Value
            .Where(allowed => !uses[room.Key].SelectMany(spaces => spaces).Any(space => IsWithin(space, house.NamespaceOf(allowed))))
            .Select(allowed => $"{room.Key} does not use {allowed}"));

        Assert.Empty(needless);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_folder_is_a_room_and_its_namespace_the_folders(string project)
    {
        var house = new House(project);

        Assert.Equal(house.Rooms.Keys.Order(), house.Files.Select(file => file.Room).Where(room => room.Length > 0).Distinct().Order());
        Assert.All(house.Files, file => Assert.Contains($"namespace {house.NamespaceOfFolder(file.Path)};", file.Text, StringComparison.Ordinal));
    }

    private static bool IsWithin(string space, string outer) => space == outer || space.StartsWith(outer + '.', StringComparison.Ordinal);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InBackticks();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"(?<![\w.])((?:[A-Z]\w+\.)+)([A-Z]\w+)")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"^\s*//.*$|""[^""\n]*""", RegexOptions.Multiline)]
    private static partial Regex CommentOrText();

    private sealed record SourceFile(string Path, string Room, string Text);

    /// <summary>A project, and what the table says of its rooms.</summary>
    private sealed class House
    {
        private readonly string _name;
        private readonly HashSet<string> _types;

        public House(string project)
        {
            _name = project == "EgressEngine" ? "Egress" : "Egress.Backend";
            Rooms = ReadTable($"| room of the {project["Egress".Length..].ToLowerInvariant()} |");
            var root = Path.Combine(TestPaths.Repository, "src", project);
            Files = [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Select(path => (Name: Path.GetRelativePath(root, path), path))
                .Select(file => new SourceFile(file.Name, RoomOf(Path.GetDirectoryName(file.Name)!), File.ReadAllText(file.path)))];
            _types = [.. Files.Select(file => $"{NamespaceOfFolder(file.Path)}.{Path.GetFileName(file.Path).Split('.')[0]}")];
        }

        /// <summary>Each room, and what it may use: other rooms, or namespaces of libraries.</summary>
        public IReadOnlyDictionary<string, string[]> Rooms { get; }

        public IReadOnlyList<SourceFile> Files { get; }

        public string NamespaceOf(string allowed) => Rooms.ContainsKey(allowed) ? NamespaceOfFolder(allowed + "/") : allowed;

        public string NamespaceOfFolder(string path) => Path.GetDirectoryName(path) is "" or "Errors"
            ? _name
            : $"{_name}.{Path.GetDirectoryName(path)!.Replace('/', '.')}";

        public bool MayUse(string room, string space) => IsWithin(space, "System") || IsWithin(space, "Microsoft.Win32")
            || space == _name
            || (_name != "Egress" && IsWithin(space, "Egress") && !IsWithin(space, _name))
            || IsWithin(space, NamespaceOf(room))
            || Rooms[room].Any(allowed => IsWithin(space, NamespaceOf(allowed)));

        /// <summary>The namespaces of a file's usings, and those before names of types (<c>Output.Journal.RunJournal</c>).</summary>
        public IEnumerable<string> Uses(SourceFile file)
        {
            var qualified = QualifiedName().Matches(CommentOrText().Replace(Using().Replace(file.Text, ""), ""))
                .Select(match => (Space: $"{_name}.{match.Groups[1].Value.TrimEnd('.')}", Type: match.Groups[2].Value))
                .Where(name => _types.Contains($"{name.Space}.{name.Type}"))
                .Select(name => name.Space);
            return Using().Matches(file.Text).Select(match => match.Groups[1].Value).Concat(qualified).Distinct();
        }

        // A folder within a room belongs to it, where the table has no row for it.
        private string RoomOf(string folder) => folder.Length == 0 || Rooms.ContainsKey(folder) || !folder.Contains('/', StringComparison.Ordinal)
            ? folder
            : RoomOf(Path.GetDirectoryName(folder)!);

        private static Dictionary<string, string[]> ReadTable(string head)
        {
            var start = s_architecture.IndexOf(head, StringComparison.Ordinal);
            Assert.True(start >= 0, head);
            return s_architecture[start..].Split('\n').Skip(2).TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|'))
                .ToDictionary(cells => Names(cells[1]).Single(), cells => Names(cells[3]).ToArray());
        }

        private static IEnumerable<string> Names(string cell) => InBackticks().Matches(cell).Select(match => match.Groups[1].Value);
    }
}

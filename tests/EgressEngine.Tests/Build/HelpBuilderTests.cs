using System.Xml.Linq;

namespace Egress.Tests.Build;

/// <summary>The tool that makes the help, as the build runs it. What the real pages become is Help.Tests.ps1's to look at.</summary>
public sealed class HelpBuilderTests : IDisposable
{
    private const string Page = """
        ---
        document type: cmdlet
        external help file: Some.dll-Help.xml
        title: Get-Some
        ---

        # Get-Some

        ## SYNOPSIS

        Gets some of `<what>` there is.

        ## SYNTAX

        ### Name (Default)

        ```
        Get-Some [-Name] <string[]> [-Count <int>]
         [-Quiet]
        ```

        ### All

        ```
        Get-Some -All [-Quiet]
        ```

        ## ALIASES

        None.

        ## DESCRIPTION

        The first *paragraph* with `code` & a
        [page](https://example.org/page) and a [topic](about_Some.md).

        - one
        - two

        ## EXAMPLES

        ### Example 1: Some

        ```powershell
        Get-Some a |
            Format-List
        ```

        ```Output
        Name : a
        ```

        What it shows.

        ## PARAMETERS

        ### -Name

        Names.

        ```yaml
        Type: System.String[]
        DefaultValue: ''
        SupportsWildcards: true
        Aliases:
        - N
        ParameterSets:
        - Name: Name
          Position: 0
          IsRequired: true
          ValueFromPipeline: true
        AcceptedValues: []
        ```

        ### -Count

        How many.

        ```yaml
        Type: System.Int32
        DefaultValue: '3'
        ParameterSets:
        - Name: Name
          Position: Named
        AcceptedValues:
        - 1
        - 3
        ```

        ### -All

        All.

        ```yaml
        Type: System.Management.Automation.SwitchParameter
        DefaultValue: 'False'
        ParameterSets:
        - Name: All
          Position: Named
          IsRequired: true
        ```

        ### -Quiet

        Quietly.

        ```yaml
        Type: System.Management.Automation.SwitchParameter
        DefaultValue: 'False'
        ParameterSets:
        - Name: (All)
          Position: Named
        ```

        ## INPUTS

        ### System.String

        Names.

        ## OUTPUTS

        ### Some.Thing

        A thing.

        ## NOTES

        A note.

        ## RELATED LINKS

        - [about_Some](about_Some.md)
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _pages;
    private readonly string _help;

    public HelpBuilderTests()
    {
        _pages = _folder.Folder("pages");
        _help = _folder["help"];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_page_becomes_the_command_that_get_help_reads()
    {
        var command = Build(Page).Root!.Elements().Single();

        Assert.Equal("Get-Some", Value(command, "details", "name"));
        Assert.Equal("Gets some of <what> there is.", Value(command, "details", "description"));
        Assert.Equal(
            ["The first paragraph with code & a page (https://example.org/page) and a topic.", "- one\n- two"],
            Find(command, "description").Elements().Select(paragraph => paragraph.Value));
        Assert.Equal("PS> Get-Some a |\n        Format-List\n\nName : a", Value(command, "examples", "example", "code"));
        Assert.Equal("A note.", Value(command, "alertSet", "alert"));
        Assert.Equal("about_Some", Value(command, "relatedLinks", "navigationLink", "linkText"));
        Assert.Equal("Some.Thing", Value(command, "returnValues", "returnValue", "type", "name"));
    }

    [Fact]
    public void A_parameter_is_in_its_sets_alone_and_as_the_set_has_it()
    {
        var command = Build(Page).Root!.Elements().Single();
        var sets = Find(command, "syntax").Elements()
            .Select(set => set.Elements().Where(part => part.Name.LocalName == "parameter").ToDictionary(parameter => Value(parameter, "name"))).ToList();

        Assert.Equal(["Name", "Count", "Quiet"], sets[0].Keys);
        Assert.Equal(["All", "Quiet"], sets[1].Keys);
        Assert.Equal(("true", "0", "True (ByValue)"), (Attribute(sets[0]["Name"], "required"), Attribute(sets[0]["Name"], "position"), Attribute(sets[0]["Name"], "pipelineInput")));
        Assert.Equal(["1", "3"], Find(sets[0]["Count"], "parameterValueGroup").Elements().Select(value => value.Value));
        Assert.Equal("true", Attribute(sets[1]["All"], "required"));

        var documented = Find(command, "parameters").Elements().ToDictionary(parameter => Value(parameter, "name"));
        Assert.Equal("3", Value(documented["Count"], "defaultValue"));
        Assert.Equal("None", Value(documented["Name"], "defaultValue"));
        Assert.Equal(("true", "N"), (Attribute(documented["Name"], "globbing"), Attribute(documented["Name"], "aliases")));
    }

    [Theory]
    [InlineData("## NOTES", "## SOMETHING ELSE", "The section NOTES is missing.")]
    [InlineData("A note.", "{{ notes }}", "There is a place left to fill in")]
    [InlineData("### -Count\n", "### -Number\n", "The syntax has -Count, and PARAMETERS does not.")]
    [InlineData("- Name: All\n", "- Name: Every\n", "The syntax has -All in the set All, and its block does not.")]
    [InlineData("DefaultValue: '3'", "DefaultValue: [", "-Count: ")]
    [InlineData("A note.", "> A quotation.", "help in a terminal has no QuoteBlock")]
    [InlineData("title: Get-Some\n---\n", "title: Get-Some\n", "The page does not begin with its header.")]
    public void A_page_that_cannot_be_understood_fails_the_build_by_name(string text, string other, string message)
    {
        Assert.Contains(text, Page, StringComparison.Ordinal);
        var tool = Run(Page.Replace(text, other, StringComparison.Ordinal));

        Assert.Equal(1, tool.ExitCode);
        Assert.StartsWith($"{_pages}/Get-Some.md : error EGRESSBUILD006: ", tool.Errors, StringComparison.Ordinal);
        Assert.Contains(message, tool.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_topic_is_shown_as_it_is_and_what_has_no_page_any_more_goes()
    {
        Directory.CreateDirectory(_help);
        File.WriteAllText(Path.Combine(_help, "about_Gone.help.txt"), "of a page that was removed");
        File.WriteAllText(Path.Combine(_pages, "about_Some.md"), "# about_Some\n\n## SHORT DESCRIPTION\n\nSome `text`.\n");

        Build(Page);

        Assert.Equal(["Some.dll-Help.xml", "about_Some.help.txt"], Directory.GetFiles(_help).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("# about_Some\n\n## SHORT DESCRIPTION\n\nSome `text`.\n", File.ReadAllText(Path.Combine(_help, "about_Some.help.txt")));
    }

    [Fact]
    public void Without_its_two_folders_it_says_what_they_are() =>
        Assert.Equal(2, ChildProcess.RunDotNet(TestPaths.HelpBuilder, [_pages]).ExitCode);

    private XDocument Build(string page)
    {
        var tool = Run(page);
        Assert.Equal((0, ""), (tool.ExitCode, tool.Errors));
        return XDocument.Load(Path.Combine(_help, "Some.dll-Help.xml"));
    }

    private ChildProcess Run(string page)
    {
        File.WriteAllText(Path.Combine(_pages, "Get-Some.md"), page);
        return ChildProcess.RunDotNet(TestPaths.HelpBuilder, [_pages, _help]);
    }

    /// <summary>Children are looked for by their local names: the three namespaces are the format's business.</summary>
    private static XElement Find(XElement element, params string[] names) =>
        names.Aggregate(element, (parent, name) => parent.Elements().First(child => child.Name.LocalName == name));

    private static string Value(XElement element, params string[] names) => Find(element, names).Value;

    private static string Attribute(XElement element, string name) => element.Attribute(name)!.Value;
}

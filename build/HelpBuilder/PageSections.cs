using Markdig.Syntax;

namespace Egress.Build;

/// <summary>The blocks of a page by its headings.</summary>
internal static class PageSections
{
    /// <summary>Splits blocks at the headings of a level; what stands before the first is left out.</summary>
    public static List<(string Title, List<Block> Blocks)> Split(IEnumerable<Block> blocks, int level)
    {
        var sections = new List<(string Title, List<Block> Blocks)>();
        foreach (var block in blocks)
        {
            if (block is HeadingBlock heading && heading.Level == level)
            {
                sections.Add((PlainText.Of(heading.Inline), []));
            }
            else if (sections.Count > 0)
            {
                sections[^1].Blocks.Add(block);
            }
        }

        return sections;
    }

    /// <summary>The lines of a block of code.</summary>
    public static string Code(CodeBlock block) => block.Lines.ToString().TrimEnd();
}

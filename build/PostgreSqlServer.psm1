# A PostgreSQL server for the examples of the help, in a folder that goes with it.

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

<#
.SYNOPSIS
    The folder with the newest PostgreSQL's programs, where Debian puts them; nothing where none is installed.
#>
function Find-PostgreSql {
    Get-ChildItem /usr/lib/postgresql/*/bin/initdb -ErrorAction Ignore |
        Sort-Object { [int] $_.Directory.Parent.Name } | Select-Object -Last 1 | ForEach-Object DirectoryName
}

<#
.SYNOPSIS
    Starts a server with a database, on a port of its own of this machine alone, and gives what Stop-PostgreSqlServer takes, and the
    variables by which clients find it.
#>
function Start-PostgreSqlServer {
    param(
        # The database, and the user who may do everything.
        [Parameter(Mandatory)] [string] $Name
    )

    $programs = Find-PostgreSql
    if (-not $programs) {
        throw 'PostgreSQL is not installed (Debian''s package postgresql).'
    }

    $folder = (New-Item "/tmp/egress-postgres-$([System.IO.Path]::GetRandomFileName())" -ItemType Directory).FullName
    $password = [guid]::NewGuid().ToString('N')
    Set-Content "$folder/password" $password -NoNewline
    $isRoot = (id -u) -eq '0'
    if ($isRoot) {
        chown -R nobody $folder
    }

    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()
    $server = [pscustomobject] @{
        Programs    = $programs
        Folder      = $folder
        Port        = $port
        AsNobody    = $isRoot
        Environment = @{ PGHOST = 'localhost'; PGPORT = "$port"; PGUSER = $Name; PGPASSWORD = $password }
    }
    try {
        Invoke-PostgreSqlProgram $server initdb @(
            '--pgdata', "$folder/data", '--username', $Name, '--pwfile', "$folder/password", '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync')
        Invoke-PostgreSqlProgram $server pg_ctl @(
            'start', '--wait', '--pgdata', "$folder/data", '--log', "$folder/log", '--options', "-p $port -k $folder -c listen_addresses=localhost -c fsync=off")
        Invoke-PostgreSqlProgram $server createdb @($Name)
    }
    catch {
        Stop-PostgreSqlServer $server
        throw
    }

    $server
}

<#
.SYNOPSIS
    Ends a server and removes its folder.
#>
function Stop-PostgreSqlServer([Parameter(Mandatory)] [object] $Server) {
    try {
        if (Test-Path "$($Server.Folder)/data/postmaster.pid") {
            Invoke-PostgreSqlProgram $Server pg_ctl @('stop', '--pgdata', "$($Server.Folder)/data", '--mode', 'immediate', '--wait')
        }
    }
    finally {
        Remove-Item $Server.Folder -Recurse -Force
    }
}

# Runs one of PostgreSQL's programs as somebody whom it lets run it: it refuses root.
function Invoke-PostgreSqlProgram([object] $Server, [string] $Program, [string[]] $ArgumentList) {
    $command = @("$($Server.Programs)/$Program") + $ArgumentList
    if ($Server.AsNobody) {
        $command = @('setpriv', '--reuid', 'nobody', '--clear-groups') + $command
    }

    # Its output goes to a file: the server would hold a pipe open for as long as it runs.
    $variables = @($Server.Environment.GetEnumerator() | ForEach-Object { "$($_.Key)=$($_.Value)" })
    env @variables sh -c 'exec "$0" "$@" >/dev/null 2>&1 </dev/null' @command
    if ($LASTEXITCODE -ne 0) {
        throw "PostgreSQL's $Program ended with $LASTEXITCODE."
    }
}

Export-ModuleMember -Function Find-PostgreSql, Start-PostgreSqlServer, Stop-PostgreSqlServer

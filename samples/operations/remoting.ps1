<#
Divides pictures among machines by PowerShell remoting over SSH: each gets a shard, all write to one destination that all of them
see (a network file system or s3://bucket/prefix). The machines may have mounted the pictures in different places.

    ./remoting.ps1 -HostName gpu1, gpu2, gpu3 -Path '/data/pictures/*.jpg' -Destination /data/masks

Each machine needs pwsh as an SSH subsystem and Egress in /opt/egress. One object a machine: its summary. A machine that fails names
itself in an error; run the script again, and only what is missing or damaged is done.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string[]] $HostName,
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Destination,
    [string] $Module = '/opt/egress/Egress.psd1'
)

$jobs = for ($shard = 0; $shard -lt $HostName.Count; $shard++) {
    Invoke-Command -HostName $HostName[$shard] -AsJob -JobName "egress $shard" -ScriptBlock {
        Import-Module $using:Module
        Invoke-SegmentationBatch $using:Path -Destination $using:Destination -Resume -ShardIndex $using:shard -ShardCount $using:HostName.Count -SummaryVariable summary | Out-Null
        $summary
    }
}

# Each error that comes back names its machine (PSComputerName).
$jobs | Receive-Job -Wait -AutoRemoveJob

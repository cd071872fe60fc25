"""Cases 工单: what was applied for, from the submission to the archive (DOMAIN 3.3)."""
